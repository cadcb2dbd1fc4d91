package bench

import (
	"context"
	"time"
)

// Fanout has all clients subscribe, and measures what they get of what is published.
func (l Load) Fanout(ctx context.Context) (*Result, error) {
	l.Window = 0
	s, err := l.begin(ctx, "fanout")
	if err != nil {
		return nil, err
	}
	defer s.stopped()
	s.result.Rate = rateName(l.Rate)
	if l.Publisher == nil {
		return s.listen(ctx)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := l.Publisher.Await(waiting); err != nil {
		return nil, err
	}
	p := newPacer(s)
	if err := p.run(ctx, l.Warm); err != nil {
		return nil, err
	}
	s.from.Store(int64(p.number) + 1)
	first, from := p.number, s.now()
	if err := p.run(ctx, l.For); err != nil {
		return nil, err
	}
	s.measured(from, s.now())
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	published := p.number - first
	s.result.Published = float64(published) / s.result.Seconds
	counted, _ := s.sum()
	s.result.lost(counted, published*uint64(l.Clients))
	return &s.result, nil
}

// listen measures what somebody else publishes: when it was sent, and how much there should be, is not known.
func (s *session) listen(ctx context.Context) (*Result, error) {
	s.result.Rate, s.result.Size = "", 0
	if err := s.wait(ctx, s.load.Warm); err != nil {
		return nil, err
	}
	from := s.now()
	if err := s.wait(ctx, s.load.For); err != nil {
		return nil, err
	}
	s.measured(from, s.now())
	s.sum()
	return &s.result, nil
}

// pacer publishes, in time, or as fast as the clients take it: with few messages under way to the average client nothing has to
// be dropped, and there is enough to join.
type pacer struct {
	*session
	payload []byte
	number  uint64 // of the last message

	ahead         uint64 // at full speed: messages that are under way
	base, arrived uint64 // the number, and all deliveries, from where that is counted
	moved         time.Time
	seen          uint64
}

func newPacer(s *session) *pacer {
	return &pacer{session: s, payload: blank(s.load.Size), ahead: uint64(min(max(16_000/s.load.Clients, 4), 64)), moved: time.Now()}
}

const (
	atOnce   = 64 // messages that are published in one write
	stall    = time.Second
	interval = 100 * time.Microsecond // of looking whether there is room
)

// run publishes for so long.
func (p *pacer) run(ctx context.Context, d time.Duration) error {
	begun, first := time.Now(), p.number
	p.base, p.arrived, p.moved = p.number, p.delivered(), begun
	for {
		now := time.Now()
		spent := now.Sub(begun)
		if spent >= d {
			return nil
		}
		select {
		case err := <-p.ended:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		default:
		}
		n, pause := p.room(now), interval
		if rate := p.load.Rate; rate > 0 {
			n = uint64(spent.Seconds()*float64(rate)) - (p.number - first)
			next := time.Duration(float64(p.number-first+1) / float64(rate) * float64(time.Second))
			pause = min(max(next-spent, 0), 10*time.Millisecond)
		}
		if n == 0 {
			time.Sleep(pause)
			continue
		}
		if err := p.publish(min(n, atOnce)); err != nil {
			return err
		}
	}
}

// room is how many messages may be published at full speed. Where some were lost it would stay 0 for ever, so it is counted anew
// after a second without a delivery.
func (p *pacer) room(now time.Time) uint64 {
	total := p.delivered()
	if total != p.seen {
		p.seen, p.moved = total, now
	} else if now.Sub(p.moved) > stall {
		p.base, p.arrived, p.moved = p.number, total, now
	}
	limit := p.base + (total-p.arrived)/uint64(p.load.Clients) + p.ahead
	return limit - min(limit, p.number)
}

func (p *pacer) publish(n uint64) error {
	for range n {
		p.number++
		putMark(p.payload, p.time(time.Now()), p.number)
		p.load.Publisher.Append(p.payload)
	}
	return p.load.Publisher.Flush()
}
