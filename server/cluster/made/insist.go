package made

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// How long a try takes at most, before the next one looks anew: the first, and the longest.
const (
	firstTry = 500 * time.Millisecond
	longTry  = 4 * time.Second
)

// againTime is how long it waits for what another one makes, when that is known.
const againTime = 50 * time.Millisecond

// Insist has what try finds or makes. As long as ctx lasts it is called anew when it had no answer, each time for twice as long, and when another one was
// faster.
func Insist[T any](ctx context.Context, try func(ctx context.Context) (T, error)) (made T, err error) {
	for most := firstTry; ; most = min(2*most, longTry) {
		within, cancel := context.WithTimeout(ctx, most)
		made, err = try(within)
		cancel()
		faster := errors.Is(err, jetstream.ErrStreamNameAlreadyInUse)
		if !faster && !IsLate(err) || ctx.Err() != nil {
			return made, err
		}
		if !faster {
			continue
		}
		select {
		case <-time.After(againTime):
		case <-ctx.Done():
			return made, err
		}
	}
}

// IsLate tells whether an error is no more than that there was no answer in time.
func IsLate(err error) bool {
	for _, late := range []error{context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded, nats.ErrTimeout} {
		if errors.Is(err, late) {
			return true
		}
	}
	return false
}
