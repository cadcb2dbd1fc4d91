package cluster

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Run gives back what is not held any more, finds out after a time without NATS what has gone to others, and, at the bridge that has been
// there for longest, takes away what bridges have held that died. It returns when ctx has ended, and what could be given back in time was.
// It is called once.
func (n *Identities) Run(ctx context.Context) {
	if asked, err := n.conn.nats.Subscribe(n.conn.subject("identity"), n.isWanted); err == nil { // which lasts while NATS is away
		defer asked.Unsubscribe()
	}
	again := time.NewTicker(n.conn.cfg.Lease / beats)
	defer again.Stop()
	var looked, sure, gone uint64
	for {
		n.giveAllBack(ctx)
		gaps, nowGone, settled := n.presence.events()
		if gaps != looked && n.lookAfter(ctx) { // at once
			looked = gaps
		}
		if gaps != sure && settled && n.lookAfter(ctx) { // and when nobody takes it for dead any more
			sure = gaps
		}
		if nowGone != gone && n.sweep(ctx) {
			gone = nowGone
		}
		select {
		case <-n.wake:
		case <-again.C:
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.Background(), Deadline)
			defer cancel()
			n.giveAllBack(end)
			return
		}
	}
}

// giveAllBack takes entries away that nobody holds here. What cannot be done now is tried again.
func (n *Identities) giveAllBack(ctx context.Context) {
	n.mu.Lock()
	all := maps.Clone(n.leaving)
	n.mu.Unlock()
	for key, revision := range all {
		if ctx.Err() != nil || !n.conn.Up() {
			return
		}
		if n.takeAway(ctx, key, revision) != nil {
			continue
		}
		n.mu.Lock()
		if now, is := n.leaving[key]; is && now == revision {
			delete(n.leaving, key)
		}
		n.mu.Unlock()
	}
}

// takeAway takes an entry away if it is that of the revision; for 0, if it is this bridge's and not held. That there is none any more, or another one, is no
// error.
func (n *Identities) takeAway(ctx context.Context, key string, revision uint64) error {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	kv, err := n.bucket.open(ctx)
	if err != nil {
		return err
	}
	if revision == 0 {
		entry, err := kv.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) || err == nil && (holderIn(entry.Value()) != n.conn.identity.ID || n.holds(key)) {
			return nil
		}
		if err != nil {
			return n.bucket.failed(err)
		}
		revision = entry.Revision()
	}
	err = kv.Purge(ctx, key, jetstream.LastRevision(revision))
	var answered *jetstream.APIError
	if errors.As(err, &answered) {
		return nil // it is another one by now
	}
	return n.bucket.failed(err)
}

func (n *Identities) holds(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.held[key] != nil
}

// lookAfter finds out what has gone to others while this bridge was cut off, and writes anew what is not there any more. done is false if it has to be
// called again.
func (n *Identities) lookAfter(ctx context.Context) (done bool) {
	n.mu.Lock()
	all := maps.Clone(n.held)
	n.mu.Unlock()
	for key, h := range all {
		if ctx.Err() != nil || !n.conn.Up() {
			return false
		}
		if !n.look(ctx, key, h) {
			return false
		}
	}
	return true
}

// look finds out whether a name is still this bridge's.
func (n *Identities) look(ctx context.Context, key string, h *holding) (known bool) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	kv, err := n.bucket.open(ctx)
	if err != nil {
		return false
	}
	entry, err := kv.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		revision, err := n.take(ctx, key)
		if err != nil {
			return false
		}
		n.mu.Lock()
		h.revision = revision
		n.mu.Unlock()
		return true
	case err != nil:
		n.bucket.failed(err)
		return false
	case holderIn(entry.Value()) == n.conn.identity.ID:
		return true
	}
	n.mu.Lock()
	mine := n.held[key] == h
	if mine {
		delete(n.held, key)
		n.lostHere++
	}
	n.mu.Unlock()
	if mine {
		n.conn.cfg.Log.Warn("an identity has gone to a page at another bridge while this one was without NATS")
		h.lost()
	}
	return true
}

// sweep takes away what bridges have held that died. One bridge does it for all.
func (n *Identities) sweep(ctx context.Context) (done bool) {
	members := n.presence.Members()
	if len(members) == 0 || members[0].ID != n.conn.identity.ID {
		return len(members) > 0
	}
	within, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	entries, err := n.bucket.all(within)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		other := holderIn(entry.Value())
		if other == n.conn.identity.ID {
			continue
		}
		dead, known := n.presence.Dead(other)
		if !known || dead && n.takeAway(within, entry.Key(), entry.Revision()) != nil {
			return false
		}
	}
	return true
}

// sweepTime is how long one sweep may take; what is left is left to the next.
const sweepTime = 30 * time.Second
