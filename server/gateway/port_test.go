package gateway

import (
	"bytes"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// mailbox is a Receiver with as much room as a test gives it.
type mailbox struct {
	messages chan core.Message
	room     atomic.Int64
}

// plenty of room for any test.
const plenty = 100_000

func newMailbox(room int64) *mailbox {
	b := &mailbox{messages: make(chan core.Message, plenty)}
	b.room.Store(room)
	return b
}

func (b *mailbox) Receive(m core.Message) bool {
	if b.room.Add(-1) < 0 {
		b.room.Add(1)
		return false
	}
	b.messages <- m
	return true
}

// next waits for a message.
func (b *mailbox) next(t testing.TB) core.Message {
	t.Helper()
	return await(t, "a message", b.messages)
}

func newPort(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint, o PortOptions) *Port {
	t.Helper()
	p, err := f.Port(typ, ep, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Release)
	return p
}

// dialPort connects, bindPort listens, both with all the room there is.
func dialPort(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint) (*Port, *mailbox) {
	t.Helper()
	in := newMailbox(plenty)
	return newPort(t, f, typ, ep, PortOptions{Receiver: in}), in
}

func bindPort(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint) (*Port, *mailbox) {
	t.Helper()
	in := newMailbox(plenty)
	return newPort(t, f, typ, ep, PortOptions{Receiver: in, Bind: true}), in
}

// awaitReady waits until somebody is connected.
func awaitReady(t testing.TB, p *Port) {
	t.Helper()
	eventually(t, "connected", p.Ready)
}

func send(t testing.TB, p *Port, parts ...string) {
	t.Helper()
	if err := p.Send(text(parts...), nil); err != nil {
		t.Fatal(err)
	}
}

// startPeer starts a socket of any type. Without a port it binds, with one it connects.
func startPeer(t *testing.T, typ string, ep core.Endpoint, args ...string) *python {
	t.Helper()
	args = append([]string{"--type", typ}, args...)
	if ep.Port != 0 {
		args = append([]string{"--connect", "--port", strconv.Itoa(int(ep.Port))}, args...)
	}
	return startPython(t, "peer", args...)
}

// bindPeer starts a socket that binds at a known address.
func bindPeer(t *testing.T, typ string, ep core.Endpoint, args ...string) *python {
	t.Helper()
	return startPython(t, "peer", append([]string{"--type", typ, "--port", strconv.Itoa(int(ep.Port))}, args...)...)
}

// tellMessage and hearMessage are tell and hear for parts of any bytes.
func (p *python) tellMessage(m core.Message) {
	p.t.Helper()
	parts := words(m)
	for i, part := range m {
		if !utf8.Valid(part) {
			runes := make([]rune, len(part))
			for j, b := range part {
				runes[j] = rune(b)
			}
			parts[i] = string(runes)
		}
	}
	p.tell(parts)
}

func (p *python) hearMessage() core.Message {
	p.t.Helper()
	var m core.Message
	for _, part := range p.hear() {
		b := []byte(part)
		if utf8.RuneCountInString(part) < len(b) {
			b = b[:0]
			for _, r := range part {
				b = append(b, byte(r))
			}
		}
		m = append(m, b)
	}
	return m
}

func wantMessage(t testing.TB, got, want core.Message) {
	t.Helper()
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Fatalf("got %d parts of %d bytes, want %d of %d: %.200q", len(got), got.Size(), len(want), want.Size(), got)
	}
}

// subscribePort waits until some prefixes are live.
func subscribePort(t testing.TB, p *Port, prefixes ...string) {
	t.Helper()
	live := make(chan struct{}, len(prefixes))
	for _, prefix := range prefixes {
		p.Subscribe([]byte(prefix), func() { live <- struct{}{} })
	}
	for range prefixes {
		await(t, "a subscription is live", live)
	}
}

func subscriptionsOf(g *publisher) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return countMembers(&g.table.root)
}

func TestPortErrors(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Dial: make(pipes).dial, MaxGateways: 2})
	in := newMailbox(plenty)
	tests := []struct {
		name string
		typ  core.SocketType
		ep   core.Endpoint
		o    PortOptions
		want core.Code
	}{
		{"no endpoint", core.PUSH, core.Endpoint{}, PortOptions{}, core.Invalid},
		{"no such type", 99, somewhere, PortOptions{}, core.Invalid},
		{"no receiver", core.PULL, somewhere, PortOptions{}, core.Invalid},
		{"identity with a zero", core.DEALER, somewhere, PortOptions{Receiver: in, Identity: []byte{0, 1}}, core.Invalid},
		{"long identity", core.DEALER, somewhere, PortOptions{Receiver: in, Identity: make([]byte, 256)}, core.Invalid},
		{"REQ", core.REQ, somewhere, PortOptions{}, core.Unsupported},
		{"REP", core.REP, somewhere, PortOptions{}, core.Unsupported},
		{"SUB that connects", core.SUB, somewhere, PortOptions{Receiver: in}, core.Unsupported},
		{"not an address of this machine", core.PULL, core.Endpoint{Transport: "tcp", Host: "192.0.2.1", Port: 1}, PortOptions{Receiver: in, Bind: true}, core.Unavailable},
	}
	for _, test := range tests {
		if _, err := f.Port(test.typ, test.ep, test.o); core.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	pull, _ := dialPort(t, f, core.PULL, somewhere)
	wantCode(t, pull.Send(text("x"), nil), core.Unsupported)
	push, _ := dialPort(t, f, core.PUSH, somewhere)
	wantCode(t, push.Send(nil, nil), core.Invalid)
	wantCode(t, push.Send(make(core.Message, core.MaxParts+1), nil), core.TooLarge)
	_, err := f.Port(core.PUB, somewhere, PortOptions{})
	wantCode(t, err, core.Busy)
	if s := f.Stats(); s.Sockets != 2 {
		t.Errorf("%d sockets, want 2", s.Sockets)
	}
	push.Release()
	push.Release()
	wantCode(t, push.Send(text("x"), nil), core.Closed)
	f.Close()
	_, err = f.Port(core.PUB, somewhere, PortOptions{})
	wantCode(t, err, core.Closed)
}

// TestPortSharing: everybody who sends to an address shares a connection, everybody who receives has one of his own.
func TestPortSharing(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Dial: make(pipes).dial, IdleClose: time.Hour})
	in := newMailbox(plenty)
	for _, typ := range []core.SocketType{core.PUSH, core.PUB, core.PULL, core.DEALER, core.ROUTER, core.PAIR, core.XPUB, core.XSUB} {
		before := f.Stats().Sockets
		a := newPort(t, f, typ, somewhere, PortOptions{Receiver: in})
		b := newPort(t, f, typ, somewhere, PortOptions{Receiver: in})
		want := 2
		if typ == core.PUSH || typ == core.PUB {
			want = 1
		}
		if got := f.Stats().Sockets - before; got != want {
			t.Errorf("%v: %d sockets for two ports, want %d", typ, got, want)
		}
		a.Release()
		b.Release()
		if want == 2 {
			eventually(t, "both are closed at once", func() bool { return f.Stats().Sockets == before })
		}
	}
}
