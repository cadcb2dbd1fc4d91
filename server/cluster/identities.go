package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Identities are the names that sockets bear at backends and that only one page in the cluster can have at a time. Each that is held
// stands in a bucket, with the bridge that holds it. It is held for as long as that bridge is there: when it has died, whoever asks
// next takes it over.
//
// A bridge that is cut off keeps what it has. Should the others have given that to somebody else meanwhile, because it was cut off
// for longer than a lease, it gives it up when it is back.
type Identities struct {
	conn     *Connection
	presence *Presence
	bucket   *bucket
	wake     chan struct{} // capacity 1: there is something to be given back

	mu       sync.Mutex
	held     map[string]*holding // by key
	leaving  map[string]uint64   // what is to be given back, and the revision that is ours; 0: it is not known whether it is
	takenBy  uint64              // how many were taken over from bridges that had died
	lostHere uint64              // how many had gone to others while this bridge was cut off
}

// holding is a name that this bridge has.
type holding struct {
	revision     uint64
	lost, wanted func()
}

// holder is what stands in the bucket.
type holder struct {
	Bridge string    `json:"bridge"`
	Since  time.Time `json:"since"`
}

// mostIdentities is how many a bridge holds.
const mostIdentities = 100_000

// NewIdentities is for a bridge that is in the cluster. Run has to be called.
func NewIdentities(c *Connection, p *Presence) *Identities {
	return &Identities{conn: c, presence: p, wake: make(chan struct{}, 1), held: map[string]*holding{}, leaving: map[string]uint64{},
		bucket: newBucket(c, "identities", jetstream.KeyValueConfig{Description: "zwb: names that sockets bear, and which bridge has them", MaxValueSize: 256})}
}

// keyOf is the key of a name at an endpoint. Neither can be read in it.
func keyOf(what ...string) string {
	hash := sha256.New()
	for _, text := range what {
		hash.Write([]byte(strconv.Itoa(len(text)) + ":" + text))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Hold takes a name, which is several texts that say together what it is, until release is called. lost is called, once and without waiting for it, should it go to
// another bridge before, and wanted whenever another bridge has asked for it; neither may block. The error is Conflict: another bridge has it; Unavailable: that cannot be found out now; Busy: this bridge has too many.
// It takes Deadline at most. release does not wait.
func (n *Identities) Hold(ctx context.Context, lost, wanted func(), what ...string) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	key := keyOf(what...)
	if !n.mayHold(key) {
		return nil, core.NewError(core.Busy, "this bridge holds too many identities")
	}
	revision, err := n.take(ctx, key)
	if err != nil {
		return nil, err
	}
	h := &holding{revision, lost, wanted}
	n.mu.Lock()
	n.held[key] = h
	delete(n.leaving, key)
	n.mu.Unlock()
	return func() { n.release(key, h) }, nil
}

func (n *Identities) mayHold(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.held[key] != nil || len(n.held)+len(n.leaving) < mostIdentities
}

// take makes an entry this bridge's.
func (n *Identities) take(ctx context.Context, key string) (revision uint64, err error) {
	if !n.presence.isThere() { // others would take it for dead
		return 0, n.unknown(errAway)
	}
	kv, err := n.bucket.open(ctx)
	if err != nil {
		return 0, n.unknown(err)
	}
	mine, err := json.Marshal(holder{n.conn.identity.ID, time.Now().UTC()})
	if err != nil {
		return 0, n.unknown(err)
	}
	revision, err = kv.Create(ctx, key, mine)
	if err == nil {
		return revision, nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) {
		n.giveBack(key, 0) // it may have been written in spite of the error
		return 0, n.unknown(n.bucket.failed(err))
	}
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0, core.NewError(core.Conflict, "another bridge has just had the identity") // or a replica of the bucket is behind
	}
	if err != nil {
		return 0, n.unknown(n.bucket.failed(err))
	}
	other := holderIn(entry.Value())
	if other != n.conn.identity.ID && other != "" {
		n.want(key)
		switch dead, known := n.presence.Dead(other); {
		case !known:
			return 0, core.NewError(core.Conflict, "the identity is in use at another bridge, or was; which of it is known in "+n.conn.cfg.Lease.String()+" at most")
		case !dead || !n.presence.isAbsent(ctx, other):
			return 0, core.NewError(core.Conflict, "the identity is in use by another page, at another bridge")
		}
	}
	revision, err = kv.Update(ctx, key, mine, entry.Revision())
	if err != nil {
		n.giveBack(key, 0)
		return 0, core.NewError(core.Conflict, "another bridge has just taken the identity over")
	}
	if other != n.conn.identity.ID {
		n.mu.Lock()
		n.takenBy++
		n.mu.Unlock()
	}
	return revision, nil
}

// unknown is the error for what only NATS knows. Why it says nothing is no business of pages.
func (n *Identities) unknown(err error) error {
	n.conn.cfg.Log.Debug("whether another bridge has an identity is not known", "err", err)
	return core.NewError(core.Unavailable, "whether another bridge has the identity cannot be found out now")
}

// holderIn is the bridge in a value; "" if that was not written by one.
func holderIn(value []byte) string {
	var h holder
	if len(value) > 256 || json.Unmarshal(value, &h) != nil || !IsID(h.Bridge) {
		return ""
	}
	return h.Bridge
}

func (n *Identities) release(key string, h *holding) {
	n.mu.Lock()
	mine := n.held[key] == h
	if mine {
		delete(n.held, key)
		n.leaving[key] = h.revision
	}
	n.mu.Unlock()
	if mine {
		n.rouse()
	}
}

// giveBack has an entry looked at that may be ours without anybody here holding it.
func (n *Identities) giveBack(key string, revision uint64) {
	n.mu.Lock()
	if len(n.leaving) < mostIdentities {
		n.leaving[key] = revision
	}
	n.mu.Unlock()
	n.rouse()
}

func (n *Identities) rouse() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Held is how many names this bridge holds.
func (n *Identities) Held() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.held)
}
