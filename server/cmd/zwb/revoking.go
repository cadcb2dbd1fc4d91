package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/revoked"
)

// sharedList is the list of who is revoked at this bridge, as the cluster has it.
type sharedList struct {
	*revoked.List
	log     *slog.Logger
	decided func(server.Decision)
	judge   chan struct{} // capacity 1: somebody was revoked who may be here
}

func newSharedList(list *revoked.List, decided func(server.Decision), log *slog.Logger) *sharedList {
	return &sharedList{list, log, decided, make(chan struct{}, 1)}
}

// Acts is part of cluster.RevocationList.
func (l *sharedList) Acts() (all []cluster.Revocation) {
	for _, e := range l.List.Acts() {
		all = append(all, cluster.Revocation{User: e.User, Token: e.Token, Until: e.Until, Since: e.Since, Reason: e.Reason, Lifted: e.Lifted})
	}
	return all
}

// mostTold is how many revocations that come together are in the audit one by one. The rest, of a bridge that has just started, is a number.
const mostTold = 256

// Merge is part of cluster.RevocationList.
func (l *sharedList) Merge(acts []cluster.Revocation) {
	entries, from := []revoked.Entry{}, map[[2]string]string{}
	for _, a := range acts {
		entries = append(entries, revoked.Entry{User: a.User, Token: a.Token, Until: a.Until, Since: a.Since, Reason: a.Reason, Lifted: a.Lifted})
		from[[2]string{a.User, a.Token}] = a.Bridge
	}
	taken, unfit, err := l.List.Merge(entries)
	if err != nil {
		l.log.Error("revocations of other bridges are not kept", "err", err)
	}
	if unfit > 0 {
		l.log.Error("there is no room for revocations of other bridges, and who is meant is let in; lift some", "revocations", unfit)
	}
	for _, e := range taken[:min(len(taken), mostTold)] {
		l.tell(from[[2]string{e.User, e.Token}], told(e))
	}
	if len(taken) > mostTold {
		l.tell("", "took over more revocations of other bridges than are told one by one")
	}
	if len(taken) > 0 {
		select {
		case l.judge <- struct{}{}:
		default:
		}
	}
}

// mostNamed is how many bytes of a name are told.
const mostNamed = 128

// told is what an entry says, for people.
func told(e revoked.Entry) string {
	who := "user " + e.User[:min(len(e.User), mostNamed)]
	if e.Token != "" {
		who = "token " + e.Token[:min(len(e.Token), mostNamed)]
	}
	if e.Lifted {
		return "lifted the revocation of " + who
	}
	return "revoked " + who + " until " + e.Until.UTC().Format(time.RFC3339) + ": " + e.Reason
}

func (l *sharedList) tell(bridge, what string) {
	l.log.Info("done for another bridge", "what", what, "bridge", bridge)
	l.decided(server.Decision{Time: time.Now(), What: access.Admin, Bridge: bridge, Allowed: true, Reason: what})
}

// judgeTime is how long it may take to find those who are there and were revoked.
const judgeTime = 30 * time.Second

// run ends the sessions of those who were revoked elsewhere, until ctx ends.
func (l *sharedList) run(ctx context.Context, bridge *server.Bridge) {
	for {
		select {
		case <-l.judge:
			within, cancel := context.WithTimeout(ctx, judgeTime)
			bridge.JudgeUsers(within)
			cancel()
		case <-ctx.Done():
			return
		}
	}
}
