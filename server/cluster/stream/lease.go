package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
)

const (
	// leaseTime is how long a lease lasts that is not renewed; renewTime how often it is renewed, and tried to be had.
	leaseTime = 2 * time.Second
	renewTime = 500 * time.Millisecond

	// doubtTime is after how long the holder takes it for lost when it cannot renew it.
	doubtTime = leaseTime - renewTime
)

// leases is the bucket of all leases of a cluster.
func (s *Store) leases(ctx context.Context) (jetstream.KeyValue, error) {
	name := "zwb_" + s.cluster + "_leases"
	return made.Insist(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		kv, err := s.js.KeyValue(ctx, name)
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			kv, err = s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
				Bucket: name, Description: "which bridge appends to which history", History: 1, TTL: leaseTime,
				Storage: jetstream.MemoryStorage, Replicas: s.replicas,
			})
		}
		return kv, err
	})
}

// lease is a durable.Lease.
type lease struct {
	bucket   jetstream.KeyValue
	key      string
	lost     chan struct{}
	release  context.CancelFunc
	released chan struct{} // closed when its goroutine has ended
}

func (s *stream) hold(bucket jetstream.KeyValue, revision uint64, since time.Time) *lease {
	ctx, cancel := context.WithCancel(context.Background())
	l := &lease{bucket: bucket, key: s.name, lost: make(chan struct{}), release: cancel, released: make(chan struct{})}
	go l.renew(ctx, revision, since) // ended and joined by Release
	return l
}

// renew renews it until it cannot, or is told to give it back.
func (l *lease) renew(ctx context.Context, revision uint64, since time.Time) {
	defer close(l.released)
	defer close(l.lost)
	tick := time.NewTicker(renewTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			l.giveBack(revision)
			return
		case <-tick.C:
		}
		now := time.Now()
		ask, cancel := context.WithTimeout(ctx, renewTime)
		next, err := l.bucket.Update(ask, l.key, nil, revision)
		cancel()
		switch {
		case err == nil:
			revision, since = next, now
		case errors.Is(err, jetstream.ErrKeyExists) || now.Sub(since) >= doubtTime:
			return // somebody else has it, or may have
		}
	}
}

// giveBack deletes it, if it is still there. Who has it next does not wait for this.
func (l *lease) giveBack(revision uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	_ = l.bucket.Purge(ctx, l.key, jetstream.LastRevision(revision)) // else it ends by itself
}

// Lost implements durable.Lease.
func (l *lease) Lost() <-chan struct{} { return l.lost }

// Release implements durable.Lease.
func (l *lease) Release() {
	l.release()
	<-l.released
}
