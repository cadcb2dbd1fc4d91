package cluster

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
)

// bucket is a bucket of the cluster. It is made when it is first wanted, and anew when somebody has taken it away.
type bucket struct {
	conn *Connection
	kv   *Opening[jetstream.KeyValue]
}

// newBucket is the bucket of this cluster for what a word says.
func newBucket(c *Connection, what string, cfg jetstream.KeyValueConfig) *bucket {
	cfg.Bucket, cfg.Replicas, cfg.Storage = "zwb_"+c.cfg.Name+"_"+what, c.cfg.Replicas, jetstream.FileStorage
	return &bucket{conn: c, kv: NewOpening(func(ctx context.Context) (jetstream.KeyValue, error) {
		return made.KeyValue(ctx, c.js, cfg)
	})}
}

// errAway is why nothing is asked.
var errAway = errors.New("NATS is away")

// open is what calls begin with. ctx has a deadline.
func (b *bucket) open(ctx context.Context) (jetstream.KeyValue, error) {
	if !b.conn.Up() {
		return nil, errAway
	}
	return b.kv.Get(ctx)
}

// failed is told of every error of a call, and returns it.
func (b *bucket) failed(err error) error { return b.kv.Failed(err) }

// mostEntries is how many entries of a bucket are read. What is beyond was not written by bridges.
const mostEntries = 100_000

// all has all entries of the moment. ctx has a deadline.
func (b *bucket) all(ctx context.Context) (entries []jetstream.KeyValueEntry, err error) {
	kv, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	watch, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, b.failed(err)
	}
	return gather(ctx, watch)
}

// gather has what a new watch finds at once, and ends it. ctx has a deadline.
func gather(ctx context.Context, watch jetstream.KeyWatcher) (entries []jetstream.KeyValueEntry, err error) {
	defer func() {
		watch.Stop()
		go func() { // until the watch has ended, which has to get rid of what it has
			for range watch.Updates() {
			}
		}()
	}()
	for len(entries) < mostEntries {
		select {
		case entry, open := <-watch.Updates():
			if !open {
				return nil, errAway
			}
			if entry == nil {
				return entries, nil
			}
			entries = append(entries, entry)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return entries, nil
}
