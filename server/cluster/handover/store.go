package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
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

	buckets *cluster.Opening[buckets]
	late    latecomers
}

// buckets are what the store has of NATS.
type buckets struct {
	objects jetstream.ObjectStore
	claims  jetstream.KeyValue
}

// New is the store of a bridge's cluster, in which nothing waits longer than retain, or a minute: what nobody takes goes by itself.
func New(c *cluster.Connection, retain time.Duration) *Store {
	s := &Store{conn: c, life: max(retain, leastLife)}
	s.buckets = cluster.NewOpening(s.make)
	return s
}

// Ready implements server.Depot.
func (s *Store) Ready() bool { return s.conn.Up() }

// open is what calls begin with. ctx has a deadline.
func (s *Store) open(ctx context.Context) (jetstream.ObjectStore, jetstream.KeyValue, error) {
	opened, err := s.buckets.Get(ctx)
	return opened.objects, opened.claims, err
}

// make makes the buckets, or finds them.
func (s *Store) make(ctx context.Context) (b buckets, err error) {
	js, name, replicas := s.conn.JetStream(), s.conn.Name(), s.conn.Replicas()
	b.claims, err = made.KeyValue(ctx, js, jetstream.KeyValueConfig{Bucket: "zwb_" + name + "_taken", Description: "zwb: which sessions were taken over",
		TTL: s.life + graceLife, MaxValueSize: 256, Replicas: replicas, Storage: jetstream.FileStorage})
	if err != nil {
		return b, err
	}
	b.objects, err = made.Objects(ctx, js, jetstream.ObjectStoreConfig{Bucket: "zwb_" + name + "_sessions", Description: "zwb: sessions on their way, sealed",
		TTL: s.life, MaxBytes: mostStored, Replicas: replicas, Storage: jetstream.FileStorage})
	return b, err
}

// failed is told of every error of a call, and is what the caller says of it.
func (s *Store) failed(err error) error {
	return core.NewError(core.Unavailable, "NATS: "+s.buckets.Failed(err).Error())
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
