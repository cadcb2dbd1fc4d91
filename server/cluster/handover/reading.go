package handover

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
)

// How long a try to read a parcel may take. The next one may take twice as long, for a large parcel may need it.
const (
	firstTry = time.Second
	lastTry  = 32 * time.Second
)

// read brings the parcel of a place. When another bridge takes the parcel meanwhile, and deletes it, the library waits for pieces that are gone, as long as
// it may, or has only some of them. So a try that is late, or brings something else than was written, is made anew: it finds that there is nothing any more.
func read(ctx context.Context, objects jetstream.ObjectStore, place string) ([]byte, error) {
	for most := firstTry; ; most *= 2 {
		parcel, err := readWithin(ctx, objects, place, most)
		again := made.IsLate(err) || errors.Is(err, jetstream.ErrDigestMismatch)
		if !again || most == lastTry || ctx.Err() != nil {
			return parcel, err
		}
	}
}

func readWithin(ctx context.Context, objects jetstream.ObjectStore, place string, most time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel() // which ends the subscription of the library, too
	result, err := objects.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	return io.ReadAll(io.LimitReader(result, mostParcel+1))
}
