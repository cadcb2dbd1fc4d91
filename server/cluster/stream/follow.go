package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

const (
	// lookTime is how often it is looked whether NATS is there while nothing comes, askTime how long that may take, and quietTime
	// after how long the stream is asked, too.
	lookTime  = 500 * time.Millisecond
	askTime   = 2 * time.Second
	quietTime = 5 * time.Second

	// inHand is how many entries may have come that were not handed on yet.
	inHand = 128
)

var (
	errGone   = core.NewError(core.Unavailable, "NATS is away")
	errSilent = core.NewError(core.Unavailable, "NATS: the stream has more than it brings")
)

// Follow implements durable.Stream.
func (s *stream) Follow(ctx context.Context, behind uint64, live func(), take func(durable.Stored) error) error {
	if _, _, err := s.within(ctx); err != nil {
		return err
	}
	begin, cancel := context.WithTimeout(ctx, askTime)
	consumer, err := s.js.OrderedConsumer(begin, s.name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: behind + 1, InactiveThreshold: 30 * time.Second,
		MaxResetAttempts: 1, // who calls tries again, and tells that nothing comes
	})
	cancel()
	if err != nil {
		return away(err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(inHand))
	if err != nil {
		return away(err)
	}
	defer messages.Stop()
	live()
	return s.hand(ctx, messages, behind, take)
}

// hand hands on what comes behind a number, until it does not come any more.
func (s *stream) hand(ctx context.Context, messages jetstream.MessagesContext, reached uint64, take func(durable.Stored) error) error {
	heard, due := time.Now(), uint64(0) // due should have come by the next time that it is looked
	for {
		look, cancel := context.WithTimeout(ctx, lookTime)
		m, err := messages.Next(jetstream.NextContext(look))
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			heard = time.Now()
			meta, err := m.Metadata()
			if err != nil {
				return away(err)
			}
			reached = meta.Sequence.Stream
			if err := take(durable.Stored{Number: meta.Sequence.Stream, Entry: m.Data()}); err != nil {
				return err
			}
		case !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout):
			return away(err)
		case !s.js.Conn().IsConnected():
			return errGone
		case time.Since(heard) > quietTime:
			heard = time.Now()
			oldest, newest, err := s.within(ctx)
			switch {
			case err != nil:
				return err
			case due > reached && oldest <= due:
				return errSilent
			}
			due = newest
		}
	}
}

// within is Range with a deadline.
func (s *stream) within(ctx context.Context) (oldest, newest uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return s.Range(ctx)
}
