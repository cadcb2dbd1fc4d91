package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// Bounds of what waits.
const (
	mostParcel = 64 << 20  // bytes of one: a session that holds as much as may be held for it, written as text
	mostStored = 256 << 20 // bytes of all together; when there are more, nothing is left any more
	leastLife  = time.Minute
	graceLife  = time.Minute // how much longer it is known who took a parcel
)

// Store is where the sessions of a cluster wait. It is safe for concurrent use.
type Store struct {
	conn *cluster.Connection
	life time.Duration

	opening chan struct{} // holds a token while somebody opens the buckets, which is much work for NATS

	mu      sync.Mutex
	objects jetstream.ObjectStore // nil: not opened yet
	claims  jetstream.KeyValue
}

// New is the store of a bridge's cluster, in which nothing waits longer than retain, or a minute: what nobody takes goes by itself.
func New(c *cluster.Connection, retain time.Duration) *Store {
	return &Store{conn: c, life: max(retain, leastLife), opening: make(chan struct{}, 1)}
}

// Ready implements server.Depot.
func (s *Store) Ready() bool { return s.conn.Up() }

// open is what calls begin with. ctx has a deadline. However many begin at once, as when all clients of a bridge that was lost come to this one, one of them
// opens the buckets, and the others wait for that.
func (s *Store) open(ctx context.Context) (jetstream.ObjectStore, jetstream.KeyValue, error) {
	if objects, claims := s.opened(); objects != nil {
		return objects, claims, nil
	}
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if objects, claims := s.opened(); objects != nil {
		return objects, claims, nil
	}
	js, name, replicas := s.conn.JetStream(), s.conn.Name(), s.conn.Replicas()
	claims, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "zwb_" + name + "_taken", Description: "zwb: which sessions were taken over",
		TTL: s.life + graceLife, MaxValueSize: 256, Replicas: replicas, Storage: jetstream.FileStorage})
	if err != nil {
		return nil, nil, err
	}
	objects, err := js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "zwb_" + name + "_sessions", Description: "zwb: sessions on their way, sealed",
		TTL: s.life, MaxBytes: mostStored, Replicas: replicas, Storage: jetstream.FileStorage})
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	s.objects, s.claims = objects, claims
	s.mu.Unlock()
	return objects, claims, nil
}

func (s *Store) opened() (jetstream.ObjectStore, jetstream.KeyValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects, s.claims
}

// failed is told of every error of a call, so that the next one finds or makes the buckets anew. That an answer was late says nothing about them: were they
// opened anew for that, NATS would have the most to do when it has too much to do.
func (s *Store) failed(err error) error {
	if !isLate(err) {
		s.mu.Lock()
		s.objects, s.claims = nil, nil
		s.mu.Unlock()
	}
	return core.NewError(core.Unavailable, "NATS: "+err.Error())
}

// claimOf is the key of a parcel among those that were taken.
func claimOf(parcel []byte) string {
	hash := sha256.Sum256(parcel)
	return hex.EncodeToString(hash[:])
}

// Put implements server.Depot. When it fails, nobody gets the parcel, unless NATS is away: then somebody may.
func (s *Store) Put(ctx context.Context, places []string, parcel []byte) error {
	if !s.Ready() {
		return errAway
	}
	if len(parcel) > mostParcel {
		return core.NewError(core.TooLarge, "the session is too large to be handed over")
	}
	objects, claims, err := s.open(ctx)
	if err != nil {
		return s.failed(err)
	}
	for _, place := range places {
		if _, err = objects.Put(ctx, jetstream.ObjectMeta{Name: place}, bytes.NewReader(parcel)); err == nil {
			continue
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cluster.Deadline)
		defer cancel()
		_, _ = claims.Create(last, claimOf(parcel), []byte(s.conn.Identity().ID)) // what was written in spite of the error is nobody's
		return s.failed(err)
	}
	return nil
}

var (
	errAway    = core.NewError(core.Unavailable, "NATS is away")
	errNothing = core.NewError(core.Lost, "no session waits there")
	errTaken   = core.NewError(core.Lost, "another bridge has taken the session")
)

// Get implements server.Depot. Where there is nothing it asks the other bridges.
func (s *Store) Get(ctx context.Context, place string) (parcel []byte, take func(context.Context) error, err error) {
	if !s.Ready() {
		return nil, nil, errAway
	}
	parcel, take, err = s.look(ctx, place)
	if core.CodeOf(err) == core.Lost && s.fetch(ctx, place) {
		return s.look(ctx, place)
	}
	return parcel, take, err
}

func (s *Store) look(ctx context.Context, place string) (parcel []byte, take func(context.Context) error, err error) {
	objects, claims, err := s.open(ctx)
	if err != nil {
		return nil, nil, s.failed(err)
	}
	parcel, err = read(ctx, objects, place)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, nil, errNothing
	case err != nil:
		return nil, nil, s.failed(err)
	}
	claim := claimOf(parcel)
	switch _, err := claims.Get(ctx, claim); {
	case err == nil:
		return nil, nil, errNothing // it was taken
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, nil, s.failed(err)
	}
	return parcel, func(ctx context.Context) error { return s.take(ctx, place, claim) }, nil
}

// take makes the parcel this bridge's, once for all bridges and all its places.
func (s *Store) take(ctx context.Context, place, claim string) error {
	objects, claims, err := s.open(ctx)
	if err != nil {
		return s.failed(err)
	}
	switch _, err := claims.Create(ctx, claim, []byte(s.conn.Identity().ID)); {
	case errors.Is(err, jetstream.ErrKeyExists):
		return errTaken
	case err != nil:
		return s.failed(err)
	}
	_ = objects.Delete(ctx, place) // else it goes by itself
	return nil
}
