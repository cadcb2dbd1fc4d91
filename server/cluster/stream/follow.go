package stream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

const (
	// lookTime is how often it is looked whether NATS is there while nothing comes, and askTime how long it may take to answer.
	lookTime = 500 * time.Millisecond
	askTime  = 2 * time.Second

	// beatTime is how often the consumer says that it is there while it brings nothing. One that misses two is made anew.
	beatTime = time.Second

	// The stream is asked whether it has more than came after so long, and after twice as long each time that it has not.
	quietTime     = time.Second
	longQuietTime = 8 * time.Second

	// anewTime is how long a consumer that is made anew has to last, else it is told that something is wrong.
	anewTime = 5 * time.Second

	// inHand is how many entries may be on their way from NATS, and how many may be there and not be taken yet.
	inHand = 64

	// idleTime is after how long NATS forgets a consumer that nobody asks for more.
	idleTime = 10 * time.Second
)

var errGone = core.NewError(core.Unavailable, "NATS is away")

// Follow implements durable.Stream.
func (s *stream) Follow(ctx context.Context, behind uint64, live func(), take func([]durable.Stored) error) error {
	var begun time.Time
	for {
		reached, err := s.follow(ctx, behind, live, take)
		if ctx.Err() != nil || !isConsumers(err) || time.Since(begun) < anewTime {
			return err
		}
		behind, begun = reached, time.Now() // nobody has to hear of it unless it goes on like this
	}
}

// follow is Follow with one consumer. reached is the number of the entry that was taken last.
func (s *stream) follow(ctx context.Context, behind uint64, live func(), take func([]durable.Stored) error) (reached uint64, err error) {
	if _, _, err := s.within(ctx); err != nil {
		return behind, err
	}
	consumer, err := s.consumer(ctx, behind)
	if err != nil {
		return behind, away(err)
	}
	live()
	c := newConsumption(behind, take)
	flow, err := consumer.Consume(c.hand, jetstream.PullMaxMessages(inHand), jetstream.PullHeartbeat(beatTime), jetstream.ConsumeErrHandler(c.trouble))
	if err != nil {
		return behind, away(err)
	}
	defer flow.Stop()
	go c.run() // ended and joined by end
	err = s.watch(ctx, c)
	return c.end(), err
}

// consumer is made for this bridge alone, at one server. It is not the library's ordered one: that tries again on its own, for as long
// as it likes, and who waits for its messages with a deadline hears nothing of missed heartbeats.
func (s *stream) consumer(ctx context.Context, behind uint64) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return s.js.CreateConsumer(ctx, s.name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: behind + 1,
		AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: idleTime, Replicas: 1, MemoryStorage: true,
	})
}

// watch waits until the consumption has failed, or nothing comes though there is something.
func (s *stream) watch(ctx context.Context, c *consumption) error {
	look := time.NewTicker(lookTime)
	defer look.Stop()
	quiet := quiet{time: quietTime, since: time.Now()}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.failed:
			return c.err
		case <-look.C:
		}
		if !s.js.Conn().IsConnected() {
			return errGone
		}
		if reached, idle := c.reached(); idle && quiet.lasts(reached) {
			oldest, newest, err := s.within(ctx)
			if err != nil {
				return err
			}
			if quiet.due > reached && oldest <= quiet.due {
				return errSilent
			}
			quiet.due = newest
		}
	}
}

// quiet is a time in which nothing came.
type quiet struct {
	time    time.Duration // after which the stream is asked
	since   time.Time
	reached uint64
	due     uint64 // should have come by the next time that the stream is asked
}

// lasts tells whether the stream is to be asked, as it is in longer and longer intervals.
func (q *quiet) lasts(reached uint64) bool {
	now := time.Now()
	if reached != q.reached {
		q.time, q.since, q.reached = quietTime, now, reached
		return false
	}
	if now.Sub(q.since) < q.time {
		return false
	}
	q.time, q.since = min(2*q.time, longQuietTime), now
	return true
}

// within is Range with a deadline.
func (s *stream) within(ctx context.Context) (oldest, newest uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return s.Range(ctx)
}
