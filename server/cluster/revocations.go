package cluster

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// RevocationList is the list of one bridge. Its methods are called by one goroutine, and must not wait for long.
type RevocationList interface {
	// Acts are all that were done and are not over, at whatever bridge.
	Acts() []Revocation

	// Merge takes over what the others have done that is later than what it has.
	Merge([]Revocation)

	// Changed has something in it when something was done here.
	Changed() <-chan struct{}
}

// Revocations keep the lists of all bridges the same. What was done at one of them stands in a bucket, where each revocation, and each that was
// lifted, is kept until its time is over. Whoever has written something there rings a bell, which is a message to all bridges; a bell that was not
// heard costs a part of a lease, because everybody looks by himself, too.
//
// A bridge that is cut off goes on with what its list has. When it is back it takes what was done meanwhile, and writes down what was done here.
type Revocations struct {
	conn     *Connection
	presence *Presence
	bucket   *bucket
	list     RevocationList

	read chan struct{} // closed when the bucket was read once
	odd  atomic.Uint64 // entries that no bridge has written

	// What the bucket has, as far as it was read: Run's own.
	created  time.Time
	revision uint64
	known    map[string]written
}

// written is what is known of an entry of the bucket.
type written struct {
	since, until time.Time
	revision     uint64
}

// telling is after how many rounds in vain it is said, once, why: servers that start may give no answer for a moment.
const telling = 3

// readTime is how long it may take to read the whole bucket.
const readTime = 10 * time.Second

// NewRevocations is for a bridge that is in the cluster. Run has to be called.
func NewRevocations(c *Connection, p *Presence, list RevocationList) *Revocations {
	return &Revocations{conn: c, presence: p, list: list, read: make(chan struct{}), known: map[string]written{},
		bucket: newBucket(c, "revoked", jetstream.KeyValueConfig{Description: "zwb: who is not let in until a time", MaxValueSize: mostRevocation, LimitMarkerTTL: markerLife})}
}

// Read is closed when all that the cluster knows was read once.
func (r *Revocations) Read() <-chan struct{} { return r.read }

// Known tells whether all that the cluster knows was read once since the start. Before that nobody can say that somebody is not revoked.
func (r *Revocations) Known() bool {
	select {
	case <-r.read:
		return true
	default:
		return false
	}
}

// Odd is how many entries were passed over because no bridge has written them.
func (r *Revocations) Odd() uint64 { return r.odd.Load() }

// subject is what bridges of the cluster say things under that are not kept.
func (c *Connection) subject(what string) string { return "zwb." + c.cfg.Name + "." + what }

// Run keeps the list and the bucket the same until ctx ends. It is called once.
func (r *Revocations) Run(ctx context.Context) {
	bell := make(chan *nats.Msg, 1) // a second one says nothing new
	if heard, err := r.conn.nats.ChanSubscribe(r.conn.subject("revoked"), bell); err == nil {
		defer heard.Unsubscribe()
	}
	again := time.NewTicker(r.conn.cfg.Lease / beats)
	defer again.Stop()
	for inVain := 0; ; {
		changed := r.conn.Changed()
		more, err := r.round(ctx)
		if err == nil || !r.conn.Up() {
			inVain = 0
		} else if inVain++; inVain == telling && ctx.Err() == nil {
			r.conn.cfg.Log.Warn("revocations are not the same at all bridges", "err", err)
		}
		if more {
			continue
		}
		select {
		case <-bell:
		case <-r.list.Changed():
		case <-again.C:
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// round takes what others have done, and writes what was done here. more says that there is more to be written.
func (r *Revocations) round(ctx context.Context) (more bool, err error) {
	soon, cancel := context.WithTimeout(ctx, Deadline) // what is asked while servers start may get no answer
	defer cancel()
	kv, err := r.bucket.open(soon)
	if err != nil {
		return false, err
	}
	info, err := streamOf(soon, kv)
	if err != nil {
		return false, r.bucket.failed(err)
	}
	ctx, stop := context.WithTimeout(ctx, readTime)
	defer stop()
	if err := r.take(ctx, kv, info); err != nil {
		return false, r.bucket.failed(err)
	}
	if !r.Known() {
		close(r.read)
	}
	more, err = r.write(ctx, kv)
	if err == nil {
		err = r.forgetOld(ctx, kv)
	}
	return more && err == nil, r.bucket.failed(err)
}

// streamOf is how the stream is that a bucket is made of.
func streamOf(ctx context.Context, kv jetstream.KeyValue) (*jetstream.StreamInfo, error) {
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	of, is := status.(*jetstream.KeyValueBucketStatus)
	if !is {
		return nil, errors.New("the bucket is no stream")
	}
	return of.StreamInfo(), nil
}

// take reads what is new in the bucket, or all of it when that is another one than before.
func (r *Revocations) take(ctx context.Context, kv jetstream.KeyValue, info *jetstream.StreamInfo) error {
	if !info.Created.Equal(r.created) || info.State.LastSeq < r.revision {
		r.created, r.revision, r.known = info.Created, 0, map[string]written{}
	}
	if info.State.LastSeq == r.revision {
		return nil
	}
	entries, err := newer(ctx, kv, r.revision+1)
	if err != nil {
		return err
	}
	var found []Revocation
	for _, entry := range entries {
		r.revision = max(r.revision, entry.Revision())
		if act, is := r.note(entry); is {
			found = append(found, act)
		}
	}
	r.revision = max(r.revision, info.State.LastSeq)
	r.list.Merge(found)
	return nil
}

// note notes that an entry is there, or was taken away.
func (r *Revocations) note(entry jetstream.KeyValueEntry) (act Revocation, is bool) {
	if entry.Operation() != jetstream.KeyValuePut {
		delete(r.known, entry.Key())
		return act, false
	}
	act, err := readRevocation(entry.Key(), entry.Value())
	if err != nil {
		r.odd.Add(1)
		act = Revocation{Until: time.Now()} // whoever has something to say there writes over it, and nobody misses it
	}
	r.remember(entry.Key(), written{act.Since, act.Until, entry.Revision()})
	return act, err == nil
}

// newer has all entries from a revision on.
func newer(ctx context.Context, kv jetstream.KeyValue, revision uint64) ([]jetstream.KeyValueEntry, error) {
	watch, err := kv.WatchAll(ctx, jetstream.ResumeFromRevision(revision))
	if err != nil {
		return nil, err
	}
	return gather(ctx, watch)
}
