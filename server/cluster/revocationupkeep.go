package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	mostWrites = 200         // entries that are written between two looks at what others have done
	markerLife = time.Hour   // how long it is seen in the bucket that an entry was taken away
	grace      = time.Minute // after its time an entry is taken away, so that clocks may differ
)

// write writes what the bucket does not have, or has older. more says that there is more to be written.
func (r *Revocations) write(ctx context.Context, kv jetstream.KeyValue) (more bool, err error) {
	wrote := 0
	for _, act := range r.list.Acts() {
		if key := act.key(); act.Since.After(r.known[key].since) {
			if more = wrote == mostWrites; more {
				break
			}
			act.Bridge = r.conn.identity.ID
			if err = r.put(ctx, kv, key, act); err != nil {
				break
			}
			wrote++
		}
	}
	if wrote > 0 {
		_ = r.conn.nats.Publish(r.conn.subject("revoked"), nil) // who does not hear it looks by himself
	}
	return more, err
}

// put writes one entry, unless it is another one than this bridge knows: then it knows it now.
func (r *Revocations) put(ctx context.Context, kv jetstream.KeyValue, key string, act Revocation) error {
	value, err := json.Marshal(act)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	var revision uint64
	if before := r.known[key].revision; before != 0 {
		revision, err = kv.Update(ctx, key, value, before)
	} else {
		revision, err = kv.Create(ctx, key, value)
	}
	if err == nil {
		r.remember(key, written{act.Since, act.Until, revision})
		return nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return err
	}
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		delete(r.known, key)
		return nil
	}
	if err != nil {
		return err
	}
	if other, is := r.note(entry); is {
		r.list.Merge([]Revocation{other})
	}
	return nil
}

// remember notes what an entry has. Beyond mostEntries, which bridges do not write, nothing is noted, and looked up each time.
func (r *Revocations) remember(key string, w written) {
	if _, is := r.known[key]; is || len(r.known) < mostEntries {
		r.known[key] = w
	}
}

// forgetOld forgets what is over. One bridge takes it out of the bucket for all.
func (r *Revocations) forgetOld(ctx context.Context, kv jetstream.KeyValue) error {
	members, due := r.presence.Members(), time.Now().Add(-grace)
	first := len(members) > 0 && members[0].ID == r.conn.identity.ID
	for key, entry := range r.known {
		if entry.until.After(due) {
			continue
		}
		delete(r.known, key)
		if !first {
			continue
		}
		err := kv.Purge(ctx, key, jetstream.LastRevision(entry.revision), jetstream.PurgeTTL(markerLife))
		if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) { // then it is another one by now
			return err
		}
	}
	return nil
}
