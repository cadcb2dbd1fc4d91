package pubsub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// recorded is a feed with a history, upstream of which nobody is.
func recorded(h access.History) *Feed {
	f, _ := counted(h)
	return f
}

// counted is the same, with what its history counts.
func counted(h access.History) (*Feed, *history.Counters) {
	n := new(history.Counters)
	f := newFeed(Options{Log: history.New(h, nil, n)})
	f.proveLive()
	return f, n
}

func newFeed(o Options) *Feed {
	c := zmtp.Config{}.WithDefaults()
	return NewFeed(&c, o)
}

// unsettled is what the history is subscribed to.
func (f *Feed) unsettled() (changes []topic.Change) {
	for _, prefix := range f.log.Prefixes() {
		changes = append(changes, topic.Change{Prefix: prefix, Wanted: true})
	}
	return changes
}

func (f *Feed) proveLive() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interest.Connected(0)
	f.interest.Settle(0, f.unsettled())
	f.recordAgain()
}

// publish makes messages n, n+1 … of a topic come in.
func (f *Feed) publish(topic string, from, count int) {
	for i := range count {
		f.Receive(Text(topic, fmt.Sprint(from+i)))
	}
}

// subscriber with prefixes, that is given nothing else.
func (f *Feed) subscriber(prefixes ...string) *Subscription {
	x := f.Attach(unheard{})
	for _, prefix := range prefixes {
		x.join(prefix, nil)
	}
	return x
}

// replayed is all there is to read, in short: "a1" for message 1 of topic a, "(5 busy)" for a gap.
func replayed(t *testing.T, r *history.Replay, messages, bytes int) string {
	t.Helper()
	var got []string
	for more := true; more; {
		var items []history.Replayed
		items, more = r.Next(messages, bytes)
		if len(items) > messages {
			t.Errorf("%d items, at most %d were asked for", len(items), messages)
		}
		for i, item := range items {
			if item.Gap != core.OK {
				if i < len(items)-1 {
					t.Error("goes on behind a gap")
				}
				got = append(got, fmt.Sprintf("(%d %s)", item.Missed, item.Gap))
				continue
			}
			m, err := item.Body.Parts(nil)
			if err != nil || item.Size != m.Size() {
				t.Errorf("offset %d: size %d, %v", item.Offset, item.Size, err)
			}
			got = append(got, strings.Join(Words(m), ""))
		}
	}
	return strings.Join(got, " ")
}

func TestRecover(t *testing.T) {
	tests := []struct {
		name     string
		history  access.History
		prefixes []string
		script   func(f *Feed)
		since    uint64 // in this epoch
		epoch    string // or another
		fits     func(core.Message) bool
		want     string // "complete 3", "lost 0", "lost 5", "holed 3": what was answered, and Messages
		then     string
	}{
		{"all that was missed", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 5) }, 2, "", nil,
			"complete 3", "a3 a4 a5"},
		{"nothing was missed", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 5) }, 5, "", nil,
			"complete 0", ""},
		{"everything fits exactly", access.History{Messages: 5}, []string{""}, func(f *Feed) { f.publish("a", 1, 10) }, 5, "", nil,
			"complete 5", "a6 a7 a8 a9 a10"},
		{"one too old", access.History{Messages: 5}, []string{""}, func(f *Feed) { f.publish("a", 1, 10) }, 4, "", nil,
			"lost 1, 5", "a6 a7 a8 a9 a10"},
		{"far too old", access.History{Messages: 2}, []string{""}, func(f *Feed) { f.publish("a", 1, 1000) }, 0, "", nil,
			"lost 998, 2", "a999 a1000"},
		{"too old for a narrower prefix", access.History{Messages: 2}, []string{"a"}, func(f *Feed) { f.publish("a", 1, 10) }, 1, "", nil,
			"lost 0, 2", "a9 a10"},
		{"too old for a filter", access.History{Messages: 2}, []string{""}, func(f *Feed) { f.publish("a", 1, 10) }, 1, "", odd,
			"lost 0, 1", "a9"},
		{"a prefix", access.History{Messages: 10}, []string{"b"}, func(f *Feed) { f.publish("a", 1, 2); f.publish("b", 1, 2); f.publish("a", 3, 2) }, 0, "", nil,
			"complete 2", "b1 b2"},
		{"two prefixes that overlap", access.History{Messages: 10}, []string{"b", "bb", "a"}, func(f *Feed) { f.publish("a", 1, 1); f.publish("bb", 1, 2); f.publish("c", 3, 2) }, 0, "", nil,
			"complete 3", "a1 bb1 bb2"},
		{"a filter", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 5) }, 0, "", odd,
			"complete 3", "a1 a3 a5"},
		{"no prefix at all", access.History{Messages: 10}, nil, func(f *Feed) { f.publish("a", 1, 5) }, 0, "", nil,
			"complete 0", ""},
		{"another epoch", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2) }, 7, "another", nil,
			"lost 0, 2", "a1 a2"},
		{"an offset nobody had yet", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2) }, 7, "", nil,
			"lost 0, 0", ""},
		{"the largest offset", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2) }, 1<<64 - 1, "", nil,
			"lost 0, 0", ""},
		{"across a hole", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0); f.proveLive(); f.publish("a", 3, 2) }, 1, "", nil,
			"holed 3", "a2 (0 unavailable) a3 a4"},
		{"up to a hole", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0) }, 1, "", nil,
			"holed 1", "a2 (0 unavailable)"},
		{"behind a hole", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0); f.proveLive(); f.publish("a", 3, 2) }, 4, "", nil,
			"complete 2", "a3 a4"},
		{"from within a hole", access.History{Messages: 10}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0); f.Down(0); f.proveLive(); f.publish("a", 3, 2) }, 3, "", nil,
			"holed 2", "(0 unavailable) a3 a4"},
		{"what came before the proof", access.History{Messages: 10}, []string{""}, func(f *Feed) {
			f.publish("a", 1, 1)
			f.Down(0)
			f.publish("a", 2, 1)
			f.proveLive()
			f.publish("a", 3, 1)
		}, 0, "", nil,
			"holed 3", "a1 (0 unavailable) a2 (0 unavailable) a3"},
		{"too old, with a hole in what is gone", access.History{Messages: 2}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0); f.proveLive(); f.publish("a", 3, 5) }, 1, "", nil,
			"lost 0, 2", "a6 a7"},
		{"too old, but behind the hole", access.History{Messages: 2}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.Down(0); f.proveLive(); f.publish("a", 3, 5) }, 5, "", nil,
			"lost 2, 2", "a6 a7"},
		{"the history is about less", access.History{Messages: 10, Prefixes: []string{"a"}}, []string{""}, func(f *Feed) { f.publish("a", 1, 2); f.publish("b", 1, 2) }, 0, "", nil,
			"lost 0, 2", "a1 a2"},
		{"the history is about just this", access.History{Messages: 2, Prefixes: []string{"a"}}, []string{"a"}, func(f *Feed) { f.publish("a", 1, 5); f.publish("b", 1, 2) }, 1, "", nil,
			"lost 2, 2", "a4 a5"},
		{"the history is about more", access.History{Messages: 2, Prefixes: []string{"a", "b"}}, []string{"a"}, func(f *Feed) { f.publish("a", 1, 5) }, 1, "", nil,
			"lost 0, 2", "a4 a5"},
	}
	for _, test := range tests {
		for _, turn := range []int{1, 2, 1000} {
			t.Run(fmt.Sprintf("%s, %d at a time", test.name, turn), func(t *testing.T) {
				f := recorded(test.history)
				x := f.subscriber(test.prefixes...)
				test.script(f)
				epoch := test.epoch
				if epoch == "" {
					epoch = x.Epoch()
				}
				r, answer := x.Recover(core.Position{Epoch: epoch, Offset: test.since}, test.fits)
				got := fmt.Sprintf("holed %d", answer.Messages)
				switch {
				case answer.Complete:
					got = fmt.Sprintf("complete %d", answer.Messages)
				case answer.Lost:
					got = fmt.Sprintf("lost %d, %d", answer.Missed, answer.Messages)
				}
				if got != test.want || answer.From.Epoch != x.Epoch() || answer.From.Offset != r.Offset() {
					t.Errorf("answered %s, want %s; from %v, reads from %d", got, test.want, answer.From, r.Offset())
				}
				if got := replayed(t, r, turn, 1<<30); got != test.then {
					t.Errorf("replayed %q, want %q", got, test.then)
				}
			})
		}
	}
}

func odd(m core.Message) bool { return (m[1][len(m[1])-1]-'0')%2 == 1 }

// TestReplayIsLapped: what is forgotten before it was read is a gap, with its size where that is known.
func TestReplayIsLapped(t *testing.T) {
	for name, test := range map[string]struct {
		prefix string
		script func(f *Feed)
		want   string
	}{
		"everything":   {"", func(f *Feed) { f.publish("a", 6, 10) }, "a1 a2 (8 busy) a11 a12 a13 a14 a15"},
		"one prefix":   {"a", func(f *Feed) { f.publish("a", 6, 10) }, "a1 a2 (0 busy) a11 a12 a13 a14 a15"},
		"with a hole":  {"", func(f *Feed) { f.Down(0); f.proveLive(); f.publish("a", 6, 10) }, "a1 a2 (0 busy) a11 a12 a13 a14 a15"},
		"up to a hole": {"", func(f *Feed) { f.publish("a", 6, 2); f.Down(0) }, "a1 a2 (1 busy) a4 a5 a6 a7 (0 unavailable)"},
		"not lapped":   {"", func(f *Feed) {}, "a1 a2 a3 a4 a5"},
	} {
		t.Run(name, func(t *testing.T) {
			f := recorded(access.History{Messages: 5})
			x := f.subscriber(test.prefix)
			f.publish("a", 1, 5)
			r, _ := x.Recover(core.Position{Epoch: x.Epoch()}, nil)
			items, _ := r.Next(2, 1<<30)
			got := []string{}
			for _, item := range items {
				m, _ := item.Body.Parts(nil)
				got = append(got, strings.Join(Words(m), ""))
			}
			test.script(f)
			got = append(got, replayed(t, r, 1000, 1<<30))
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("replayed %q, want %q", got, test.want)
			}
		})
	}
}

// TestReplayEndsAtItsBytes: a turn ends with the message that uses its bytes up, and the next goes on behind it.
func TestReplayEndsAtItsBytes(t *testing.T) {
	f := recorded(access.History{Messages: 1000})
	x := f.subscriber("")
	f.publish("a", 1, 9)
	f.Down(0)
	f.proveLive()
	f.publish("a", 1, 9)
	for _, bytes := range []int{1, 2, 3, 7, 1000} {
		r, _ := x.Recover(core.Position{Epoch: x.Epoch()}, nil)
		got := replayed(t, r, 1000, bytes)
		if want := "a1 a2 a3 a4 a5 a6 a7 a8 a9 (0 unavailable) a1 a2 a3 a4 a5 a6 a7 a8 a9"; got != want {
			t.Errorf("%d bytes at a time: %q", bytes, got)
		}
	}
}

// stander is a Follower that remembers where it stands.
type stander struct {
	offsets []uint64
	plain   []string
	reached []progress
}

func (s *stander) Deliver(p burst.Part) {
	p.Each(func(i int, m core.Message, _ core.Body) {
		if p.Placed() {
			s.offsets = append(s.offsets, p.Offset(i))
		} else {
			s.plain = append(s.plain, strings.Join(Words(m), ""))
		}
	})
}
func (s *stander) Reached(_ string, oldest, latest uint64) {
	s.reached = append(s.reached, progress{"", oldest, latest})
}

func TestFollower(t *testing.T) {
	f := recorded(access.History{Messages: 3, Prefixes: []string{"a"}})
	var s stander
	x := f.Attach(&s)
	x.Subscribe([]byte(""), nil)
	f.publish("a", 1, 2)
	f.publish("b", 1, 1) // has no place in this history
	f.publish("a", 3, 3)
	if p, ok := x.Position(); !ok || p.Offset != 5 {
		t.Errorf("stands at %v, %v", p, ok)
	}
	if !slices.Equal(s.offsets, []uint64{1, 2, 3, 4, 5}) || !slices.Equal(s.plain, []string{"b1"}) {
		t.Errorf("got %v and %v", s.offsets, s.plain)
	}
	told := f.tellFollowers(progress{})
	told = f.tellFollowers(told)
	f.Down(0)
	f.proveLive()
	if p, _ := x.Position(); p.Offset != 7 {
		t.Errorf("stands at %v behind the hole", p)
	}
	told = f.tellFollowers(told)
	x.Close()
	f.publish("a", 6, 1)
	f.tellFollowers(told)
	if want := []progress{{"", 3, 5}, {"", 5, 7}}; !slices.Equal(s.reached, want) {
		t.Errorf("was told %v, want %v", s.reached, want)
	}
}

// TestHistoryByAge: the clock alone makes a history forget, and tells who follows it.
func TestHistoryByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, kept := counted(access.History{Age: 10 * time.Second})
		var s stander
		x := f.Attach(&s)
		x.Subscribe([]byte("a"), nil)
		ended := make(chan struct{})
		ctx := t.Context()
		go func() {
			defer close(ended)
			f.Tend(ctx)
		}()
		f.publish("b", 1, 5)
		time.Sleep(5 * time.Second)
		f.publish("b", 6, 5)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if n := kept.Messages.Load(); n != 5 {
			t.Errorf("%d messages are left", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n, bytes := kept.Messages.Load(), kept.Bytes.Load(); n != 0 || bytes != 0 {
			t.Errorf("%d messages, %d bytes are left", n, bytes)
		}
		if last := s.reached[len(s.reached)-1]; last != (progress{"", 11, 10}) {
			t.Errorf("was told %v", s.reached)
		}
	})
}

// TestHistoryIsClosed: a gateway that is closed keeps nothing any more.
func TestHistoryIsClosed(t *testing.T) {
	f, kept := counted(access.History{Messages: 100})
	f.publish("a", 1, 50)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Tend(ctx)
	f.publish("a", 51, 50)
	if n, bytes := kept.Messages.Load(), kept.Bytes.Load(); n != 0 || bytes != 0 {
		t.Errorf("%d messages, %d bytes are left", n, bytes)
	}
}

// BenchmarkHistory is what it costs to keep a message, and to read it again.
func BenchmarkHistory(b *testing.B) {
	f := recorded(access.History{Messages: 10_000, Age: time.Minute})
	x := f.subscriber("")
	m := Text("topic", strings.Repeat("x", 64))
	b.Run("keep", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Receive(m)
		}
	})
	b.Run("replay", func(b *testing.B) {
		b.ReportAllocs()
		begin := core.Position{Epoch: x.Epoch()}
		r, _ := x.Recover(begin, nil)
		for n := 0; n < b.N; {
			items, more := r.Next(256, 1<<30)
			n += len(items)
			if !more {
				r, _ = x.Recover(begin, nil)
			}
		}
	})
}
