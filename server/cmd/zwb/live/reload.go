package live

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// judgeTime is how long it may take to ask anew about everything that clients have open.
const judgeTime = time.Minute

// Run reloads whenever it is told to, one reload at a time, until ctx ends. It is called once.
func (l *Live) Run(ctx context.Context, told <-chan os.Signal, bridge *server.Bridge) {
	defer close(l.ended)
	var changed <-chan struct{}
	var watching sync.WaitGroup
	defer watching.Wait()
	if l.watch != nil {
		changed = l.watch.Changed
		watching.Go(func() { l.watch.Run(ctx) })
	}
	for {
		select {
		case <-told:
			l.reload(ctx, bridge)
		case <-changed:
			l.reload(ctx, bridge)
		case answer := <-l.asked:
			answer <- l.reload(ctx, bridge)
		case <-ctx.Done():
			return
		}
	}
}

var errEnding = core.NewError(core.Closed, "the bridge is shutting down")

// Reload has Run reload, and waits for what comes of it. When ctx ends nobody waits any more. The error is what is wrong with
// the settings, of which nothing was taken then.
func (l *Live) Reload(ctx context.Context) (admin.Reloaded, error) {
	answer := make(chan outcome, 1)
	select {
	case l.asked <- answer:
	case <-l.ended:
		return admin.Reloaded{}, errEnding
	case <-ctx.Done():
		return admin.Reloaded{}, ctx.Err()
	}
	select {
	case out := <-answer:
		return out.reloaded, out.err
	case <-ctx.Done():
		return admin.Reloaded{}, ctx.Err()
	}
}

// reload reads everything anew, and has the bridge go by it.
func (l *Live) reload(ctx context.Context, bridge *server.Bridge) outcome {
	l.manager.Reloading()
	defer l.manager.Ready() // also if nothing has changed
	s, who, err := l.read()
	l.follow(s)
	if err != nil {
		l.refused.Add(1)
		trouble := err.Error()
		l.trouble.Store(&trouble)
		l.tell(server.Decision{Code: core.Invalid.String(), Reason: trouble})
		l.log.Error("the settings were not reloaded, and nothing has changed", "err", err)
		return outcome{err: err}
	}
	digests := digestsOf(s)
	out := admin.Reloaded{Changed: append(changed(l.settings.Load(), s), differing(l.digests, digests)...), Restart: l.needRestart(s, digests)}
	l.sayRestart(out.Restart)
	l.digests = digests
	l.settings.Store(s)
	before := l.logins.Swap(who)
	out.Moved = append([]string{}, l.rules.Swap(s.Policy)...)
	if l.Adopt != nil {
		l.Adopt(s)
	}
	l.taken.Add(1)
	l.trouble.Store(nil)
	l.tell(server.Decision{Allowed: true})
	then := bridge.Stats()
	within, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	bridge.Moved(out.Moved...)
	bridge.Judge(within)
	before.Close()
	now := bridge.Stats()
	out.Withdrawn, out.Ended = now.Withdrawn-then.Withdrawn, now.Dismissed-then.Dismissed
	l.log.Info("the settings were reloaded", "changed", strings.Join(out.Changed, ", "), "withdrawn", out.Withdrawn, "ended", out.Ended)
	return outcome{reloaded: out}
}

// tell tells of a reload.
func (l *Live) tell(d server.Decision) {
	if l.Decided != nil {
		d.Time, d.What = time.Now(), access.Reload
		l.Decided(d)
	}
}

// sayRestart says what is not in force yet.
func (l *Live) sayRestart(settings []string) {
	if len(settings) == 0 {
		l.restart.Store(nil)
		return
	}
	text := strings.Join(settings, ", ")
	l.restart.Store(&text)
	l.log.Warn("some settings have changed that need a restart", "settings", text)
}

// follow watches the files that the settings name now. Of settings that were not taken these and those of before are
// watched: whichever is put right, it is to be tried again.
func (l *Live) follow(s *settings.Settings) {
	if l.watch == nil {
		return
	}
	files := l.settings.Load().Files()
	if s != nil {
		files = append(files, s.Files()...)
	}
	slices.Sort(files)
	l.watch.Follow(slices.Compact(files))
}

// read returns what could be read of the settings, with an error, too.
func (l *Live) read() (*settings.Settings, *users.Chain, error) {
	s, err := settings.Read("zwb serve", l.args, os.Environ(), io.Discard)
	if err != nil {
		return s, nil, err
	}
	now := l.settings.Load()
	if (s.Pair == nil) != (now.Pair == nil) {
		return s, nil, errors.New("tls: to begin with TLS, or to end it, needs a restart")
	}
	if (len(s.Users) == 0) != (len(now.Users) == 0) {
		return s, nil, errors.New("users: to begin to ask who somebody is, or to end it, needs a restart")
	}
	who, err := newLogins(s, l.logins.Load(), l.services, l.log)
	return s, who, err
}
