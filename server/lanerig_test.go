package server

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// rig is a session without a WebSocket, whose time is the test's: what is published goes in, the frames for the client come out.
type rig struct {
	t   testing.TB
	b   *Bridge
	s   *session
	k   *socket // number 1, a SUB with an endpoint
	now time.Duration
}

// noProxy stands for a socket's ZeroMQ side.
type noProxy struct{}

func (noProxy) connect(*upstream, core.Endpoint) error { return nil }
func (noProxy) release()                               {}
func (noProxy) subscribe(uint64, []byte)               {}
func (noProxy) unsubscribe(uint64, []byte)             {}

func newRig(t testing.TB, cfg Config) *rig {
	t.Helper()
	cfg.Log = quiet
	b := New(allowAll(cfg))
	t.Cleanup(b.Close)
	engine := core.NewSession(core.SessionConfig{Bridge: true}, 0)
	hello := core.AppendFrame(nil, &core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24})
	if err := engine.Feed(hello, 0, func(*core.Frame) error { return nil }); err != nil {
		t.Fatal(err)
	}
	engine.Welcome()
	request := httptest.NewRequest("GET", "/data", nil)
	r := &rig{t: t, b: b, s: newSession(b, engine, request, nil)}
	r.s.line = newLine(b, nil, request, true)
	r.k = r.socket(1)
	r.reach(r.k, "tcp://127.0.0.1:1")
	r.sent()
	return r
}

// socket makes a SUB without credit.
func (r *rig) socket(id uint32) *socket {
	k := newSocket(r.s, &core.Frame{Socket: id, Type: core.SUB})
	k.proxy = noProxy{}
	r.s.sockets[id], r.s.lastSocket = k, id
	return k
}

// reach connects a socket to an endpoint that is allowed.
func (r *rig) reach(k *socket, address string) *core.Error {
	r.t.Helper()
	ep, err := core.ParseEndpoint(address)
	if err != nil {
		r.t.Fatal(err)
	}
	up := &upstream{socket: k, number: uint64(len(k.endpoints) + 1), access: Access{Type: core.SUB, Endpoint: ep}}
	k.endpoints = append(k.endpoints, up)
	e := k.reach(up)
	up.refused = e
	return e
}

func (r *rig) handle(f core.Frame) {
	r.t.Helper()
	if f.Socket == 0 {
		f.Socket = 1
	}
	if err := r.s.handle(&f); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) subscribe(id uint64, prefix string, o core.Overflow, interval time.Duration) {
	r.t.Helper()
	r.handle(core.Frame{Kind: core.KindSubscribe, ID: id, Name: []byte(prefix), Flags: uint64(o), Millis: uint64(interval / time.Millisecond)})
}

func (r *rig) grant(messages uint64) {
	r.t.Helper()
	r.handle(core.Frame{Kind: core.KindCredit, Messages: messages, Bytes: 1 << 20})
}

// publish delivers messages to the first socket: "topic=value", separated by spaces.
func (r *rig) publish(messages string) {
	for _, m := range strings.Fields(messages) {
		r.deliver(r.k, m)
	}
}

func (r *rig) deliver(k *socket, message string) {
	topic, value, _ := strings.Cut(message, "=")
	m := core.Message{[]byte(topic), []byte(value)}
	r.s.deliver(k, &outgoing{body: core.EncodeBody(m), size: m.Size()})
}

// sent is what the client has been sent since the last call, as text.
func (r *rig) sent() string {
	r.t.Helper()
	var said []string
	for {
		r.s.mu.Lock()
		r.s.fill(r.now)
		batch := r.s.engine.Take(nil, r.now)
		r.s.mu.Unlock()
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
	case core.KindClosed, core.KindUnsubscribed:
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
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.s.queuedBytes != 0 || r.k.outbox.len() != 0 || len(r.s.paced.lanes) != 0 {
		r.t.Errorf("%d bytes, %d messages and %d lanes are left", r.s.queuedBytes, r.k.outbox.len(), len(r.s.paced.lanes))
	}
}

func (r *rig) stats(conflated uint64, dropped map[core.Overflow]uint64) {
	r.t.Helper()
	stats := r.b.Stats()
	total := uint64(0)
	for o := core.DropNewest; o <= core.CloseSlow; o++ {
		if got := stats.DroppedBy[o.String()]; got != dropped[o] {
			r.t.Errorf("%d were counted as dropped by %v, want %d", got, o, dropped[o])
		}
		total += dropped[o]
	}
	if stats.Dropped != total || stats.Conflated != conflated {
		r.t.Errorf("%d dropped and %d conflated, want %d and %d", stats.Dropped, stats.Conflated, total, conflated)
	}
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
