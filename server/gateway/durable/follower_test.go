package durable

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// arriving is a Stream whose entries come in groups.
type arriving struct {
	Stream
	groups [][]Stored
}

// Name implements Stream.
func (*arriving) Name() string { return "s" }

// Range implements Stream.
func (*arriving) Range(context.Context) (oldest, newest uint64, err error) { return 1, 0, nil }

// Follow implements Stream.
func (s *arriving) Follow(_ context.Context, _ uint64, live func(), take func([]Stored) error) error {
	live()
	for _, group := range s.groups {
		if err := take(group); err != nil {
			return err
		}
	}
	return ErrAnother
}

// visited is a subscriber that writes down its visits.
type visited struct{ seen []string }

// Deliver implements pubsub.Subscriber.
func (v *visited) Deliver(p burst.Part) {
	var words []string
	p.Each(func(i int, m core.Message, _ core.Body) {
		words = append(words, fmt.Sprintf("%s@%d", m[1], p.Offset(i)))
	})
	v.seen = append(v.seen, strings.Join(words, " "))
}

// Lacks implements pubsub.Lacker.
func (v *visited) Lacks(a pubsub.Absence) { v.seen = append(v.seen, fmt.Sprintf("gap@%d", a.Offset)) }

// TestVisitsOfAFollower: a subscriber is visited once for all entries that have come together, and once between two gaps.
func TestVisitsOfAFollower(t *testing.T) {
	messages := func(base uint64, texts ...string) Entry {
		return Entry{Kind: Messages, Origin: 1, Base: base, Writer: 1, Bodies: said(texts...)}
	}
	hole := Entry{Kind: Hole, Origin: 1, Base: 6, Writer: 1}
	s, number := new(arriving), uint64(0)
	for _, group := range [][]Entry{{messages(1, "a")}, {messages(2, "b"), messages(3, "c", "d"), messages(5, "e"), hole, messages(7, "f"), messages(8, "g")}, {messages(9, "h")}} {
		var all []Stored
		for _, e := range group {
			number++
			all = append(all, Stored{Number: number, Entry: e.Append(nil)})
		}
		s.groups = append(s.groups, all)
	}
	c := zmtp.Config{}.WithDefaults()
	feed := pubsub.NewFeed(&c, pubsub.Options{Log: history.NewCache(access.History{Bytes: 1 << 20}, new(Archive), nil, new(history.Counters))})
	defer feed.Close()
	v := new(visited)
	x := feed.Attach(v)
	defer x.Close()
	if err := x.Subscribe(nil, nil); err != nil {
		t.Fatal(err)
	}
	f := Follower{Stream: s, Feed: feed, Log: slog.New(slog.DiscardHandler), State: func(error) {}, trouble: trouble{log: slog.New(slog.DiscardHandler)}}
	f.Run(t.Context())
	got, want := strings.Join(v.seen, " / "), "a@1 / b@2 c@3 d@4 e@5 / gap@6 / f@7 g@8 / h@9"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
