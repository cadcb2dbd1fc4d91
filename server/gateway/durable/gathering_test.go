package durable

import (
	"context"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// leisurely is a Stream and a Term that takes so long to store an entry, however many are on their way.
type leisurely struct {
	Stream
	takes   time.Duration
	entries []dated
}

// dated is an entry, and when it was appended.
type dated struct {
	Entry
	at time.Time
}

// Limit implements Stream.
func (s *leisurely) Limit() int { return 1 << 20 }

// Append implements Term.
func (s *leisurely) Append(b []byte, last uint64) (Pending, error) {
	e, err := ParseEntry(b)
	if err == nil && last != uint64(len(s.entries)) {
		err = core.NewError(core.Unavailable, "that is not the last one")
	}
	s.entries = append(s.entries, dated{e, time.Now()})
	return storedAt(time.Now().Add(s.takes)), err
}

// storedAt is when an entry is stored.
type storedAt time.Time

// Wait implements Pending.
func (at storedAt) Wait(ctx context.Context) error {
	pause(ctx, time.Until(time.Time(at)))
	return ctx.Err()
}

// TestGathering: what is said in short intervals becomes few entries, and what is not is stored at once. Everything is, once and in order.
func TestGathering(t *testing.T) {
	for _, test := range []struct {
		name  string
		takes time.Duration // the store, for an entry
		every time.Duration // so many messages of so many bytes are heard in one go, and how often
		bytes int
		count int
		times int
		group int // after so many times nothing is said for rest; 0: never
		rest  time.Duration
		least int // entries
		most  int
		delay time.Duration // until a message is on its way
	}{
		{name: "one by one", takes: time.Millisecond, every: 10 * time.Millisecond, bytes: 100, count: 1, times: 100, least: 100, most: 100},
		{name: "a hundred and a store far away", takes: 30 * time.Millisecond, every: 10 * time.Millisecond, bytes: 100, count: 1, times: 100, least: 100, most: 100},
		{name: "some in a short time", takes: time.Millisecond, every: time.Millisecond, bytes: 100, count: 1, times: 100, group: saved, rest: time.Second, least: 100, most: 100},
		{name: "thousands a second", takes: 20 * time.Millisecond, every: 500 * time.Microsecond, bytes: 100, count: 1, times: 2000, least: 200, most: 252 + saved, delay: spacing},
		{name: "thousands a second and a fast store", takes: time.Millisecond, every: 300 * time.Microsecond, bytes: 100, count: 1, times: 2000, least: 150, most: 152 + saved, delay: spacing},
		{name: "thousands a second and a store that is too slow", takes: 200 * time.Millisecond, every: 500 * time.Microsecond, bytes: 100, count: 1, times: 2000, least: 60, most: 112, delay: 200 * time.Millisecond},
		{name: "much in one go", takes: 200 * time.Millisecond, every: 2 * time.Millisecond, bytes: 100, count: 1000, times: 10, least: 16, most: 26, delay: 200 * time.Millisecond},
		{name: "much in one go and a fast store", takes: time.Millisecond, every: 2 * time.Millisecond, bytes: 100, count: 1000, times: 10, least: 16, most: 26, delay: spacing},
		{name: "large ones", takes: 200 * time.Millisecond, every: time.Millisecond, bytes: maxEntry, count: 1, times: 50, least: 50, most: 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &leisurely{takes: test.takes}
				w := &writing{stream: s, term: s, recent: newRecent(Room{}), origin: 1, base: 1, number: 1, isUp: func() bool { return true }, arrived: make(chan struct{}, 1)}
				ctx, end := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- w.run(ctx) }()
				var came []time.Time
				w.recent.lead(true, 0)
				for n := range test.times {
					var all []core.Body
					for i := range test.count {
						payload := make([]byte, test.bytes)
						binary.BigEndian.PutUint64(payload, uint64(n*test.count+i))
						all = append(all, core.EncodeBody(core.Message{payload}))
					}
					w.recent.hear(all)
					came = append(came, time.Now())
					if time.Sleep(test.every); test.group > 0 && n%test.group == test.group-1 {
						time.Sleep(test.rest)
					}
				}
				time.Sleep(time.Minute)
				end()
				<-ended
				number, late := 0, time.Duration(0)
				for _, e := range s.entries {
					if e.Base != uint64(number)+1 {
						t.Fatalf("an entry begins with %d where %d is next", e.Base, number+1)
					}
					for _, body := range e.Bodies {
						if got := binary.BigEndian.Uint64(body.Topic()); got != uint64(number) {
							t.Fatalf("message %d where %d is next", got, number)
						}
						late = max(late, e.at.Sub(came[number/test.count]))
						number++
					}
				}
				if number != test.count*test.times || len(s.entries) < test.least || len(s.entries) > test.most || late > test.delay {
					t.Errorf("%d messages in %d entries, up to %v late", number, len(s.entries), late)
				}
			})
		})
	}
}
