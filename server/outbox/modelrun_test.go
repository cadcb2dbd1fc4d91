package outbox

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

var modelSteps = flag.Int("steps", steps, "steps of TestOutboxAgainstTheModel")

// TestOutboxAgainstTheModel does the same to an Outbox and to its model, and wants the same to come out: what the client is
// sent in which order with which gaps, and what is accounted for. A failure prints the seed and the last steps.
func TestOutboxAgainstTheModel(t *testing.T) {
	const each = 500
	for seed := range uint64(*modelSteps / each) {
		w := newModelWorld(t, seed)
		for range each {
			w.step()
			if w.compare(); t.Failed() {
				t.Fatalf("seed %d:\n%s", seed, strings.Join(w.trace[max(0, len(w.trace)-40):], "\n"))
			}
		}
	}
}

// modelWorld is an Outbox and its model side by side.
type modelWorld struct {
	t     *testing.T
	o     *Outbox
	now   time.Duration
	heard map[uint32][]string // by Fill

	dropped, conflated uint64
	m                  *model
	rnd                *rand.Rand
	real               []*Queue
	last               uint64 // number of a subscription, or of a message
	trace              []string
}

func newModelWorld(t *testing.T, seed uint64) *modelWorld {
	rnd := rand.New(rand.NewPCG(seed, 7))
	w := &modelWorld{t: t, rnd: rnd, m: &model{attached: true, limit: cost(2 + rnd.IntN(12))}}
	w.o = new(Outbox)
	w.o.Attach(w.m.limit)
	w.real = make([]*Queue, 1+rnd.IntN(2))
	w.m.queues = make([]*modelQueue, len(w.real))
	for n := range w.real {
		w.open(n)
	}
	return w
}

// open makes a socket, or one in the place of a socket that was closed.
func (w *modelWorld) open(n int) {
	flow := access.Flow{HWM: 1 + w.rnd.IntN(5), Overflow: w.policy()}
	w.say("%d: open, %+v", n, flow)
	w.real[n] = w.o.NewQueue(uint32(n+1), 0, 0)
	w.real[n].Tighten(flow, 3)
	main, _ := Terms{}.Under(flow, 3)
	w.m.queues[n] = &modelQueue{box: w.m, lanes: []*modelLane{{Terms: main}}}
}

// policy is any, but seldom the one that closes a socket.
func (w *modelWorld) policy() core.Overflow {
	if w.rnd.IntN(10) == 0 {
		return core.CloseSlow
	}
	return overflows()[w.rnd.IntN(4)]
}

func (w *modelWorld) say(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

func (w *modelWorld) step() {
	n := w.rnd.IntN(len(w.real))
	if w.m.queues[n].closed && w.rnd.IntN(4) == 0 {
		w.open(n)
	}
	q, m := w.real[n], w.m.queues[n]
	switch w.rnd.IntN(20) {
	case 0, 1:
		w.grant(n, q, m)
	case 2:
		w.now += time.Duration(w.rnd.IntN(60)) * time.Millisecond
		w.say("it is %v", w.now)
	case 3, 4:
		w.fill()
	case 5:
		w.subscribe(n, q, m)
	case 6:
		w.revise(n, q, m)
	case 7:
		w.unsubscribe(n, q, m)
	case 8:
		w.attach()
	case 9:
		w.away(n, q, m)
	case 10, 11, 12:
		w.offerBurst(n, q, m)
	default:
		w.offer(n, q, m)
	}
}

func (w *modelWorld) grant(n int, q *Queue, m *modelQueue) {
	messages, bytes := uint64(w.rnd.IntN(5)), uint64(w.rnd.IntN(20))
	w.say("%d: grant %d, %d", n, messages, bytes)
	q.Grant(messages, bytes)
	m.messages += int64(messages)
	m.bytes += int64(bytes)
}

// fill compares what the client is sent, socket by socket: which of them has its turn first does not matter, nor does the
// order in which the lanes of a socket tell what they dropped while they were empty.
func (w *modelWorld) fill() {
	w.heard = map[uint32][]string{}
	w.o.Fill(w.now, w)
	sent := make([][]string, len(w.m.queues))
	for n, m := range w.m.queues {
		sent[n] = m.fill(w.now)
	}
	for n, m := range w.m.queues {
		got, want := w.heard[uint32(n+1)], append(sent[n], slices.Sorted(slices.Values(m.tellOwed()))...)
		if len(got) > len(sent[n]) {
			slices.Sort(got[len(sent[n]):])
		}
		w.say("%d: sent %s", n, strings.Join(want, " "))
		if !slices.Equal(got, want) {
			w.t.Errorf("%d: sent %s\nwant %s", n, got, want)
		}
	}
}

// Append makes the test a Sink.
func (w *modelWorld) Append(f *core.Frame) error {
	socket := f.Socket
	text := *f
	text.Socket = 1
	w.heard[socket] = append(w.heard[socket], describe(w.t, &text))
	return nil
}

// Lent is part of Sink. This one keeps nothing.
func (w *modelWorld) Lent() uint64 { return 0 }

// AppendSpan is part of Sink.
func (w *modelWorld) AppendSpan(frames []byte, count, _ int, _ bool) error {
	for ; len(frames) > 0; count-- {
		kind, fields, rest, err := core.SplitFrame(frames)
		var f core.Frame
		if err == nil {
			err = f.ParseFields(kind, fields)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		w.Append(&f)
		frames = rest
	}
	if count != 0 {
		w.t.Errorf("%d frames more were promised", count)
	}
	return nil
}

// Queued is part of Sink.
func (w *modelWorld) Queued() int { return 0 }

func (w *modelWorld) subscribe(n int, q *Queue, m *modelQueue) {
	if m.closed || len(m.subscriptions) >= 5 {
		return
	}
	w.last++
	s := &modelSubscription{id: w.last, prefix: []string{"", "a", "ab", "b"}[w.rnd.IntN(4)]}
	t := TermsOf(&core.Frame{Flags: uint64(w.policy()), Millis: uint64(w.rnd.IntN(2) * 50)})
	t, _ = t.Under(access.Flow{HWM: m.lanes[0].HWM, Overflow: m.lanes[0].Overflow}, 3)
	w.say("%d: subscribe %d to %q, %+v", n, s.id, s.prefix, t)
	q.Subscribe(s.id, []byte(s.prefix), t)
	m.subscriptions = append(m.subscriptions, s)
	m.agree(s, t)
}

func (w *modelWorld) revise(n int, q *Queue, m *modelQueue) {
	if len(m.subscriptions) == 0 {
		return
	}
	s := m.subscriptions[w.rnd.IntN(len(m.subscriptions))]
	t, _ := q.Terms(s.id).Under(access.Flow{HWM: 1 + w.rnd.IntN(5), MaxRate: []float64{0, 20}[w.rnd.IntN(2)]}, 3)
	w.say("%d: revise %d: %+v", n, s.id, t)
	q.Agree(s.id, t)
	m.agree(s, t)
}

func (w *modelWorld) unsubscribe(n int, q *Queue, m *modelQueue) {
	if len(m.subscriptions) == 0 {
		return
	}
	s := m.subscriptions[w.rnd.IntN(len(m.subscriptions))]
	w.say("%d: unsubscribe %d", n, s.id)
	q.Unsubscribe(s.id)
	m.unsubscribe(s)
}

func (w *modelWorld) attach() {
	w.m.attached = !w.m.attached
	w.say("attached: %v", w.m.attached)
	if w.m.attached {
		w.o.Attach(w.m.limit)
	} else {
		w.o.Detach(w.m.limit)
	}
}

func (w *modelWorld) away(n int, q *Queue, m *modelQueue) {
	w.say("%d: the backend was away", n)
	q.BackendWasAway()
	for _, l := range m.lanes {
		l.away = true
	}
}

// offerBurst offers some of the messages of a burst. Those that are sent at once are those that the model would send if it
// was this queue's turn.
func (w *modelWorld) offerBurst(n int, q *Queue, m *modelQueue) {
	if m.closed {
		return
	}
	var builder burst.Builder
	var ranges []burst.Range
	var entries []modelEntry
	placed := w.rnd.IntN(2) == 0
	for i := range 1 + w.rnd.IntN(5) {
		e := w.entry(placed)
		builder.Add(core.Message{[]byte(e.topic), []byte(e.value)}, e.offset, w.rnd.IntN(2)*1000)
		if i == 0 || w.rnd.IntN(3) > 0 {
			ranges = burst.Append(ranges, i)
			entries = append(entries, e)
			w.say("%d: offer %s=%.8s in a burst", n, e.topic, e.value)
		}
	}
	w.heard = map[uint32][]string{}
	endpoint := uint64(0)
	if placed {
		endpoint = 1
	}
	q.OfferBurst(burst.Part{Burst: builder.Take(), Ranges: ranges}, endpoint, w)
	for _, e := range entries {
		if !m.closed {
			m.offer(e)
		}
	}
	got := w.heard[uint32(n+1)]
	if len(got) == 0 {
		return
	}
	w.say("%d: sent at once %s", n, strings.Join(got, " "))
	if want := m.fill(w.now); !slices.Equal(got, want) {
		w.t.Errorf("%d: sent at once %s\nwant %s", n, got, want)
	}
}

func (w *modelWorld) offer(n int, q *Queue, m *modelQueue) {
	if m.closed {
		return
	}
	e := w.entry(w.rnd.IntN(2) == 0)
	w.say("%d: offer %s=%.8s", n, e.topic, e.value)
	parts := core.Message{[]byte(e.topic), []byte(e.value)}
	q.Offer(&Entry{Body: core.EncodeBody(parts), Size: parts.Size(), Endpoint: 1, Offset: e.offset})
	m.offer(e)
}

// entry is a message; with a place in a history, if that is wanted.
func (w *modelWorld) entry(placed bool) modelEntry {
	w.last++
	e := modelEntry{topic: []string{"a", "ab", "abc", "b", "c"}[w.rnd.IntN(5)],
		value: fmt.Sprintf("%d%s", w.last, strings.Repeat("x", w.rnd.IntN(3)*w.rnd.IntN(80)))}
	if placed {
		e.offset = w.last
	}
	return e
}

// compare wants both to be in the same state, as far as it can be seen.
func (w *modelWorld) compare() {
	if got, want := w.o.Bytes(), w.m.waiting(); got != want {
		w.t.Errorf("%d bytes wait, want %d", got, want)
	}
	w.counted()
	for n, m := range w.m.queues {
		q := w.real[n]
		if q.closed != m.closed || q.Len() != m.len() || q.InOrder() != m.inOrder() {
			w.t.Errorf("%d: closed %v, %d messages, in order %v; want %v, %d, %v", n, q.closed, q.Len(), q.InOrder(), m.closed, m.len(), m.inOrder())
		}
		room := w.m.attached && m.len() < m.granted() && w.m.waiting()+1 <= w.m.limit
		if got := q.HasRoom(1); got != room {
			w.t.Errorf("%d: has room: %v, want %v", n, got, room)
		}
	}
}

func (w *modelWorld) counted() {
	c := w.o.TakeCounts()
	w.dropped += c.dropped()
	w.conflated += c.Conflated
	if w.dropped != w.m.dropped || w.conflated != w.m.conflated {
		w.t.Errorf("%d dropped and %d conflated, want %d and %d", w.dropped, w.conflated, w.m.dropped, w.m.conflated)
	}
}
