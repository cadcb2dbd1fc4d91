package made

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// KeyValue is a bucket of keys. The bounds of one that there is already become those that are said. ctx has a deadline.
func KeyValue(ctx context.Context, js jetstream.JetStream, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	wanted := bounds{cfg.TTL, cmp.Or(cfg.MaxBytes, -1), cmp.Or(cfg.MaxValueSize, -1), max(1, cfg.Replicas), cfg.LimitMarkerTTL}
	return Insist(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		switch is, err := boundsOf(ctx, js, "KV_"+cfg.Bucket); {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return js.CreateKeyValue(ctx, cfg)
		case err != nil:
			return nil, err
		case is != wanted:
			return js.UpdateKeyValue(ctx, cfg)
		}
		return js.KeyValue(ctx, cfg.Bucket)
	})
}

// Objects is likewise a bucket of objects.
func Objects(ctx context.Context, js jetstream.JetStream, cfg jetstream.ObjectStoreConfig) (jetstream.ObjectStore, error) {
	wanted := bounds{cfg.TTL, cmp.Or(cfg.MaxBytes, -1), -1, max(1, cfg.Replicas), 0}
	return Insist(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) {
		switch is, err := boundsOf(ctx, js, "OBJ_"+cfg.Bucket); {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return js.CreateObjectStore(ctx, cfg)
		case err != nil:
			return nil, err
		case is != wanted:
			return js.UpdateObjectStore(ctx, cfg)
		}
		return js.ObjectStore(ctx, cfg.Bucket)
	})
}

// bounds are what of a bucket follows the settings of bridges.
type bounds struct {
	age      time.Duration
	bytes    int64
	value    int32
	replicas int
	marker   time.Duration // how long it is seen that a key was taken away
}

// boundsOf are those of the stream that a bucket is.
func boundsOf(ctx context.Context, js jetstream.JetStream, stream string) (b bounds, err error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return b, err
	}
	c := s.CachedInfo().Config
	return bounds{c.MaxAge, cmp.Or(c.MaxBytes, -1), cmp.Or(c.MaxMsgSize, -1), max(1, c.Replicas), c.SubjectDeleteMarkerTTL}, nil
}
