package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// rig is an Outbox with a real core.Session as its Sink, whose time is the test's: what is published goes in, the frames
// for the client come out.
type rig struct {
	t      testing.TB
	o      *Outbox
	q      *Queue // of socket 1, a SUB with one endpoint
	hwm    int    // where no rule says another
	flows  []access.Flow
	engine *core.Session
	now    time.Duration
	counts Counts
}

// settings are what a test wants to be different.
type settings struct {
	hwm   int         // default 1000
	limit int         // default 64 MiB
	flow  access.Flow // of the first endpoint
}

func newRig(t testing.TB, s settings) *rig {
	t.Helper()
	if s.hwm == 0 {
		s.hwm = 1000
	}
	if s.limit == 0 {
		s.limit = 64 << 20
	}
	engine := core.NewSession(core.SessionConfig{Bridge: true}, 0)
	hello := core.AppendFrame(nil, &core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24})
	if err := engine.Feed(hello, 0, func(*core.Frame) error { return nil }); err != nil {
		t.Fatal(err)
	}
	engine.Welcome()
	r := &rig{t: t, o: new(Outbox), hwm: s.hwm, flows: []access.Flow{s.flow}, engine: engine}
	r.o.Attach(s.limit)
	r.q = r.socket(1)
	r.q.Tighten(s.flow, s.hwm)
	r.sent()
	return r
}

// socket makes the queue of a SUB without credit.
func (r *rig) socket(id uint32) *Queue {
	q := r.o.NewQueue(id, 0, 0)
	if id > 1 {
		q.Tighten(access.Flow{}, r.hwm)
	}
	return q
}

// reach adds an endpoint to the first socket, as package proxy does.
func (r *rig) reach(f access.Flow) {
	r.t.Helper()
	agreed := map[uint64]Terms{}
	for id := range r.q.Subscriptions() {
		var e *core.Error
		if agreed[id], e = r.q.Terms(id).Under(f, r.hwm); e != nil {
			r.t.Fatal(e)
		}
	}
	r.flows = append(r.flows, f)
	r.q.Tighten(f, r.hwm)
	for id, t := range agreed {
		r.judge(r.q, r.q.Agree(id, t))
	}
}

func (r *rig) subscribe(id uint64, prefix string, o core.Overflow, interval time.Duration) {
	r.t.Helper()
	t := TermsOf(&core.Frame{Flags: uint64(o), Millis: uint64(interval / time.Millisecond)})
	for _, f := range r.flows {
		var e *core.Error
		if t, e = t.Under(f, r.hwm); e != nil {
			r.t.Fatal(e)
		}
	}
	r.q.Subscribe(id, []byte(prefix), t)
}

func (r *rig) unsubscribe(id uint64) {
	r.t.Helper()
	if _, known := r.q.Unsubscribe(id); !known {
		r.t.Fatalf("there is no subscription %d", id)
	}
}

func (r *rig) grant(messages uint64) {
	r.t.Helper()
	r.grantTo(r.q, messages, 1<<20)
}

func (r *rig) grantTo(q *Queue, messages, bytes uint64) {
	r.t.Helper()
	if !q.Grant(messages, bytes) {
		r.t.Fatal("too much credit")
	}
}

// publish delivers messages to the first socket: "topic=value", separated by spaces.
func (r *rig) publish(messages string) {
	for _, m := range strings.Fields(messages) {
		r.deliver(r.q, m)
	}
}

func (r *rig) deliver(q *Queue, message string) { r.deliverAt(q, message, 0) }

// deliverAt delivers a message that has a place in the history of endpoint 1.
func (r *rig) deliverAt(q *Queue, message string, offset uint64) {
	topic, value, _ := strings.Cut(message, "=")
	m := core.Message{[]byte(topic), []byte(value)}
	if !q.closed {
		r.judge(q, q.Offer(&Entry{Body: core.EncodeBody(m), Size: m.Size(), Endpoint: 1, Offset: offset}))
	}
}

// judge does what package session does: it closes, and counts.
func (r *rig) judge(q *Queue, v Verdict) {
	if v == Closed {
		r.engine.Append(&core.Frame{Kind: core.KindClosed, Socket: q.socket, Code: core.Busy})
	}
	if v != Queued {
		r.count()
	}
}

func (r *rig) count() {
	c := r.o.TakeCounts()
	r.counts.Sent += c.Sent
	r.counts.TooLarge += c.TooLarge
	r.counts.Conflated += c.Conflated
	for o, n := range c.Dropped {
		r.counts.Dropped[o] += n
	}
}

// sent is what the client has been sent since the last call, as text.
func (r *rig) sent() string {
	r.t.Helper()
	var said []string
	for {
		r.o.Fill(r.now, r.engine)
		r.count()
		batch := r.engine.Take(nil, r.now)
		if len(batch) == 0 {
			return strings.Join(said, " ")
		}
		for len(batch) > 0 {
			kind, fields, rest, err := core.SplitFrame(batch)
			var f core.Frame
			if err == nil {
				err = f.ParseFields(kind, fields)
			}
			if err != nil {
				r.t.Fatal(err)
			}
			batch = rest
			if word := describe(r.t, &f); word != "" {
				said = append(said, word)
			}
		}
	}
}

func describe(t testing.TB, f *core.Frame) string {
	t.Helper()
	socket := ""
	if f.Socket > 1 {
		socket = fmt.Sprintf("%d:", f.Socket)
	}
	switch f.Kind {
	case core.KindMessage, core.KindPublication:
		parts, err := f.Body.Parts(nil)
		if err != nil {
			t.Fatal(err)
		}
		word := fmt.Sprintf("%s%s=%s", socket, parts[0], parts[1])
		if f.Kind == core.KindPublication {
			word += fmt.Sprintf("@%d/%d", f.ID, f.Offset)
		}
		return word
	case core.KindGap:
		return fmt.Sprintf("%s[%d %v %d]", socket, f.ID, f.Code, f.Messages)
	case core.KindClosed:
		return fmt.Sprintf("%s%v:%v", socket, f.Kind, f.Code)
	}
	return ""
}

// expect compares what was sent.
func (r *rig) expect(want string) {
	r.t.Helper()
	if got := r.sent(); got != want {
		r.t.Errorf("sent %s\nwant %s", got, want)
	}
}

// empty checks that nothing is queued, nor accounted for.
func (r *rig) empty() {
	r.t.Helper()
	if r.o.bytes != 0 || r.q.Len() != 0 || len(r.o.paced.lanes) != 0 {
		r.t.Errorf("%d bytes, %d messages and %d lanes are left", r.o.bytes, r.q.Len(), len(r.o.paced.lanes))
	}
}

// counted compares what was counted.
func (r *rig) counted(conflated uint64, dropped map[core.Overflow]uint64) {
	r.t.Helper()
	for o := core.DropNewest; o <= core.CloseSlow; o++ {
		if got := r.counts.Dropped[o]; got != dropped[o] {
			r.t.Errorf("%d were counted as dropped by %v, want %d", got, o, dropped[o])
		}
	}
	if r.counts.Conflated != conflated {
		r.t.Errorf("%d conflated, want %d", r.counts.Conflated, conflated)
	}
}

// due is when there is something to do next, for the outbox or for the engine.
func (r *rig) due() time.Duration {
	due := r.engine.Next()
	if at, ok := r.o.Due(); ok {
		due = min(due, at)
	}
	return due
}

// dropped is how many messages were, whatever the policy.
func (c Counts) dropped() (n uint64) {
	for _, by := range c.Dropped {
		n += by
	}
	return n
}

// cost is what messages like "a=1" cost in a queue.
func cost(messages int) int { return messages * (2 + place) }

// sum is how many messages text says were delivered and missing, by what it says of them.
func sum(text string) (delivered int, missing map[string]int) {
	missing = map[string]int{}
	words := strings.Fields(strings.NewReplacer("[", "[ ", "]", "").Replace(text))
	for i := 0; i < len(words); i++ {
		if words[i] != "[" {
			delivered++
			continue
		}
		var n int
		fmt.Sscan(words[i+3], &n)
		missing[words[i+2]] += n
		i += 3
	}
	return delivered, missing
}

func overflows() []core.Overflow {
	return slices.Clone([]core.Overflow{core.OverflowDefault, core.DropNewest, core.DropOldest, core.Conflate, core.CloseSlow})
}
