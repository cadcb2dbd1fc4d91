package server

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// glutton is a client that takes what it can get, over a connection in memory which keeps nothing. It reads all and answers
// Pings; it acknowledges nothing.
type glutton struct {
	t      *testing.T
	in     chan []byte
	heard  chan *core.Frame // what it was told, but for messages, as far as there is room
	closed chan core.CloseCode
	gone   chan struct{} // closed: its WebSocket is cut
	cut    func()
}

// newGlutton connects one, with headers of so many bytes.
func newGlutton(t *testing.T, b *Bridge, headers int) *glutton {
	t.Helper()
	return newGluttonWith(t, b, http.Header{"Cookie": {strings.Repeat("c", headers)}})
}

func newGluttonWith(t *testing.T, b *Bridge, header http.Header) *glutton {
	t.Helper()
	g := &glutton{t: t, in: make(chan []byte), heard: make(chan *core.Frame, 64), closed: make(chan core.CloseCode, 1),
		gone: make(chan struct{})}
	g.cut = sync.OnceFunc(func() { close(g.gone) })
	r := httptest.NewRequest("GET", "/data", nil)
	r.Header = header
	served := make(chan struct{})
	go func() {
		defer close(served)
		b.sessions.Serve(g, r, access.ByClient, true)
	}()
	t.Cleanup(func() {
		g.cut()
		<-served
	})
	g.say(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 25})
	g.hear(core.KindWelcome)
	return g
}

// say sends frames, each in a WebSocket message of its own.
func (g *glutton) say(frames ...core.Frame) {
	g.t.Helper()
	for i := range frames {
		select {
		case g.in <- core.AppendFrame(make([]byte, 0, 512), &frames[i]): // as a WebSocket reads it
		case code := <-g.closed:
			g.t.Fatalf("closed with %d", code)
		case <-time.After(patience):
			g.t.Fatal("the bridge does not read")
		}
	}
}

// hear waits for a frame of a kind.
func (g *glutton) hear(kind core.Kind) *core.Frame {
	g.t.Helper()
	for {
		select {
		case f := <-g.heard:
			if f.Kind == kind {
				return f
			}
		case <-time.After(patience):
			g.t.Fatalf("waited for %v", kind)
		}
	}
}

// told is a frame of a kind that has come; nil: there is none.
func (g *glutton) told(kind core.Kind) *core.Frame {
	for len(g.heard) > 0 {
		if f := <-g.heard; f.Kind == kind {
			return f
		}
	}
	return nil
}

func (g *glutton) open(socket uint32, typ core.SocketType, flags uint64, address string, params int) {
	g.say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: typ, Flags: flags, Text: []byte(address),
		Params: object(params)})
}

// object is JSON of about so many bytes; 0: none.
func object(bytes int) []byte {
	if bytes == 0 {
		return nil
	}
	return fmt.Appendf(nil, `{"p":%q}`, strings.Repeat("p", bytes))
}

// Read is part of session.Conn, as are the others.
func (g *glutton) Read(ctx context.Context) ([]byte, error) {
	select {
	case batch := <-g.in:
		return batch, nil
	case <-g.gone:
		return nil, core.NewError(core.Lost, "cut")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *glutton) Write(_ context.Context, batch []byte) error {
	for len(batch) > 0 {
		kind, fields, rest, err := core.SplitFrame(batch)
		if err != nil {
			return err
		}
		batch = rest
		if kind == core.KindMessage {
			continue
		}
		f := new(core.Frame)
		if err := f.ParseFields(kind, bytes.Clone(fields)); err != nil {
			return err
		}
		select {
		case g.heard <- f:
		default:
		}
	}
	return nil
}

func (g *glutton) Close(code core.CloseCode, _ string) error {
	select {
	case g.closed <- code:
	default:
	}
	return nil
}

func (g *glutton) Drop() error { return nil }

func (g *glutton) Bound(int, time.Duration, func(int) error) {}

// hung is the address of a backend that accepts connections and says nothing.
func hung(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "tcp://" + l.Addr().String()
}

const MiB = 1 << 20

// holders are the ways to have the bridge hold something. Each fills it, and says as what.
var holders = map[string]struct {
	kind account.Kind
	fill func(t *testing.T, b *Bridge)
}{
	"requests that wait": {account.Requests, func(t *testing.T, b *Bridge) {
		g := newGlutton(t, b, 0)
		g.open(1, core.REQ, 0, hung(t), 0)
		for id := range uint64(40) {
			g.say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{make([]byte, MiB/2)}})
		}
	}},
	"small requests": {account.Requests, func(t *testing.T, b *Bridge) {
		for range 15 {
			g := newGlutton(t, b, 0)
			g.open(1, core.REQ, 0, hung(t), 0)
			for id := range uint64(1000) {
				g.say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{make([]byte, 200)}})
			}
		}
	}},
	"messages to a backend": {account.Sending, func(t *testing.T, b *Bridge) { pushes(t, b) }},
	"small messages": {account.Sending, func(t *testing.T, b *Bridge) {
		for range 20 {
			g := newGlutton(t, b, 0)
			g.open(1, core.PUSH, 0, hung(t), 0)
			g.hear(core.KindCredit)
			for range 1000 {
				g.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, 100)}})
			}
		}
	}},
	"messages of closed sockets": {account.Lingering, func(t *testing.T, b *Bridge) {
		g := pushes(t, b)
		for socket := range uint32(3) {
			g.say(core.Frame{Kind: core.KindClose, Socket: socket + 1})
		}
	}},
	"params": {account.Sockets, func(t *testing.T, b *Bridge) {
		g := newGlutton(t, b, 0)
		for socket := range uint32(200) {
			g.open(socket+1, core.REQ, 0, "tcp://127.0.0.1:1", 60_000)
		}
	}},
	"subscriptions": {account.Prefixes, func(t *testing.T, b *Bridge) {
		g := newGlutton(t, b, 0)
		g.open(1, core.SUB, 0, "tcp://127.0.0.1:1", 0)
		for id := range uint64(4000) {
			prefix := append(fmt.Appendf(nil, "%d", id), make([]byte, 1500)...)
			g.say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: id + 1, Name: prefix})
		}
	}},
	"messages that wait for credit": {account.Outbox, func(t *testing.T, b *Bridge) { publish(t, b, 0) }},
	"messages nobody acknowledges":  {account.Queue, func(t *testing.T, b *Bridge) { publish(t, b, 1<<20) }},
	"messages for slow subscribers": {account.Sending, func(t *testing.T, b *Bridge) {
		for n := range 2 {
			publishToNobodyWhoReads(t, b, (n+1)*6*MiB)
		}
	}},
	"answers to slow backends": {account.Sending, func(t *testing.T, b *Bridge) {
		for n := range 2 {
			answerNobodyWhoReads(t, b, (n+1)*6*MiB)
		}
	}},
	"headers": {account.Connection, func(t *testing.T, b *Bridge) {
		for range 300 {
			g := newGlutton(t, b, 30_000)
			g.say(core.Frame{Kind: core.KindPing, ID: 1})
			g.hear(core.KindPong)
			g.cut() // so that the session is all there is
		}
		waitFor(t, "all to be cut", func() bool { return b.Stats().Waiting == 300 })
	}},
}

// pushes has 20 MiB wait for a backend.
func pushes(t *testing.T, b *Bridge) *glutton {
	g := newGlutton(t, b, 0)
	address := hung(t)
	for socket := range uint32(3) {
		g.open(socket+1, core.PUSH, 0, address, 0)
		g.hear(core.KindCredit)
		for range 14 {
			g.say(core.Frame{Kind: core.KindMessage, Socket: socket + 1, Parts: core.Message{make([]byte, MiB/2)}})
		}
	}
	return g
}

// publish has a page bind a SUB with some credit, and another one publish 15 MiB to it.
func publish(t *testing.T, b *Bridge, credit uint64) {
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	sub, pub := newGlutton(t, b, 0), newGlutton(t, b, 0)
	sub.say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Flags: core.FlagBind, Text: []byte(address),
		Messages: credit, Bytes: credit << 10})
	sub.say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	pub.open(1, core.PUB, 0, address, 0)
	pub.hear(core.KindOpened)
	waitFor(t, "the subscription", func() bool {
		pub.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{[]byte("first")}})
		return b.Stats().Queued+int(b.Stats().Messages) > 0
	})
	for n := range 150 {
		pub.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, 100<<10)}})
		waitFor(t, "the message", func() bool {
			s := b.Stats()
			return s.Memory["outbox"]+s.Memory["queue"]+s.Memory["window"] > n*100<<10
		})
	}
}

// TestAccountIsTheHeap: what the bridge says it holds is what it holds, whatever holds it; and it lets go of it when it
// ends.
func TestAccountIsTheHeap(t *testing.T) {
	test := func(name string, linger time.Duration) {
		holder := holders[name]
		t.Run(name, func(t *testing.T) {
			before := liveHeap()
			b := New(allowAll(Config{Log: quiet, MaxPrefixBytes: 64 * MiB, Gateway: gateway.Config{MaxPrefixBytes: 64 * MiB}, Linger: linger}))
			t.Cleanup(b.Close)
			holder.fill(t, b)
			heap, s := 0, Stats{}
			same := func() bool { // what was said last is on its way
				heap, s = liveHeap()-before, b.Stats()
				return s.MemoryHeld > 8*MiB && heap < s.MemoryHeld*13/10 && heap > s.MemoryHeld*7/10
			}
			for end := time.Now().Add(patience / 5); !same() && time.Now().Before(end); {
				runtime.Gosched()
			}
			if !same() || s.Memory[holder.kind.String()] < s.MemoryHeld/2 && holder.kind != account.Queue {
				t.Errorf("the account has %.1f MiB, the heap %.1f; %v", float64(s.MemoryHeld)/MiB, float64(heap)/MiB, s.Memory)
			}
		})
	}
	for name, holder := range holders {
		if holder.kind != account.Lingering {
			before := liveHeap()
			test(name, time.Millisecond)
			waitFor(t, "what was held to be let go of: "+name, func() bool { return liveHeap() < before+MiB })
		}
	}
	// What lingers is held for that long even when the bridge has ended, and would go while something else is measured.
	test("messages of closed sockets", 0)
}

func liveHeap() int {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestNothingStaysOnTheAccount of a client that has gone.
func TestNothingStaysOnTheAccount(t *testing.T) {
	for name, holder := range holders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := New(allowAll(Config{Log: quiet, Linger: time.Millisecond}))
			t.Cleanup(b.Close)
			holder.fill(t, b)
			b.sessions.Close()
			b.gateways.Close() // drops what was accepted
			waitFor(t, "all to be given back", func() bool { return b.Stats().MemoryHeld == 0 })
		})
	}
}

// TestWhatOneClientMayHold: what would be more is refused as busy, and answered.
func TestWhatOneClientMayHold(t *testing.T) {
	big := core.Message{make([]byte, MiB/2)}
	for name, test := range map[string]struct {
		type_  core.SocketType
		frame  core.Frame
		answer core.Kind
	}{
		"requests":      {core.REQ, core.Frame{Kind: core.KindRequest, Parts: big}, core.KindFailed},
		"messages":      {core.PUSH, core.Frame{Kind: core.KindMessage, Parts: big}, core.KindFailed},
		"subscriptions": {core.SUB, core.Frame{Kind: core.KindSubscribe}, core.KindUnsubscribed},
		"sockets":       {core.REQ, core.Frame{Kind: core.KindOpen}, core.KindRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 4 * MiB
			if test.frame.Kind == core.KindOpen {
				limit = 12 * MiB // a socket that is refused costs something, too
			}
			b := New(allowAll(Config{Log: quiet, MaxQueued: limit}))
			t.Cleanup(b.Close)
			g := newGlutton(t, b, 0)
			address := hung(t)
			g.open(1, test.type_, 0, address, 0)
			count := uint64(2000)
			if test.type_ == core.PUSH { // its credit is for two of these, and leaves room for others, who take that here
				count = 2
				g.hear(core.KindCredit)
				g.open(2, core.REQ, 0, address, 0)
				for n := range uint64(7) {
					g.say(core.Frame{Kind: core.KindRequest, Socket: 2, ID: n + 1, Parts: big})
				}
			}
			var answer *core.Frame
			for n := range count {
				f := test.frame
				f.Socket, f.ID = 1, n+1
				switch f.Kind {
				case core.KindOpen:
					f.Socket, f.ID, f.Type, f.Text, f.Params = uint32(n+2), 1, test.type_, []byte(address), object(60_000)
				case core.KindSubscribe:
					f.Name = append(fmt.Appendf(nil, "%d", n), make([]byte, 2000)...)
				case core.KindMessage:
					f.ID = 0
				}
				g.say(f)
				if answer = g.told(test.answer); answer != nil {
					break
				}
			}
			if answer == nil {
				answer = g.hear(test.answer)
			}
			if answer.Code != core.Busy {
				t.Errorf("answered with %+v", answer)
			}
			if held := b.Stats().MemoryHeld; held > limit+MiB {
				t.Errorf("%d bytes are held", held)
			}
		})
	}
}

// TestRefusalsNobodyReads: they are small, cost the client nothing, and may be millions.
func TestRefusalsNobodyReads(t *testing.T) {
	b := New(Config{Log: quiet, WebsocketAllowed: allowAll(Config{}).WebsocketAllowed})
	t.Cleanup(b.Close)
	g := newGlutton(t, b, 0)
	g.open(1, core.REQ, 0, "tcp://"+strings.Repeat("a.", 100)+"example:1", 60_000)
	for id := uint64(1); len(g.closed) == 0; id++ {
		if id > 100_000 {
			t.Fatal("it is still there")
		}
		select {
		case g.in <- core.AppendFrame(nil, &core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Parts: core.Message{nil}}):
		case <-time.After(patience):
			t.Fatal("the bridge does not read")
		case code := <-g.closed:
			g.closed <- code
		}
		if held := b.Stats().MemoryHeld; held > 6*MiB {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if code := <-g.closed; code != core.CloseOverloaded {
		t.Errorf("closed with %d", code)
	}
}

// TestSmallPartOfALargeMessage does not hold all of it.
func TestSmallPartOfALargeMessage(t *testing.T) {
	b := New(allowAll(Config{Log: quiet}))
	t.Cleanup(b.Close)
	g := newGlutton(t, b, 0)
	g.open(1, core.REQ, 0, hung(t), 0)
	g.open(2, core.REQ, 0, "no address", 0)
	g.hear(core.KindRefused)
	before := liveHeap()
	for id := range uint64(60) {
		batch := core.AppendFrame(nil, &core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{[]byte("small")}})
		g.in <- core.AppendFrame(batch, &core.Frame{Kind: core.KindRequest, Socket: 2, ID: id + 1, Parts: core.Message{make([]byte, MiB)}})
	}
	if grown := liveHeap() - before; grown > 8*MiB {
		t.Errorf("%d bytes are held", grown)
	}
}

// TestAllTogether: when clients hold too much together, those go that hold the most, at once, and are told; what they had
// sent goes, too. Others do not notice.
func TestAllTogether(t *testing.T) {
	b := New(allowAll(Config{Log: quiet, MaxQueued: 8 * MiB, Memory: 20 * MiB}))
	t.Cleanup(b.Close)
	innocent := newGlutton(t, b, 0)
	address := hung(t)
	fill := func(typ core.SocketType, kind core.Kind) *glutton {
		g := newGlutton(t, b, 0)
		g.open(1, typ, 0, address, 0)
		count := uint64(14)
		if typ == core.PUSH {
			g.hear(core.KindCredit)
			count = 4 // which is a quarter of what the client may hold: that is its credit
		}
		for id := range count {
			select {
			case g.in <- core.AppendFrame(nil, &core.Frame{Kind: kind, Socket: 1, ID: id + 1, Parts: core.Message{make([]byte, MiB/2)}}):
			case <-g.closed:
				g.closed <- core.CloseOverloaded
				return g
			}
		}
		return g
	}
	lingers := fill(core.PUSH, core.KindMessage)
	lingers.say(core.Frame{Kind: core.KindClose, Socket: 1})
	var all []*glutton
	for range 6 {
		all = append(all, fill(core.REQ, core.KindRequest))
	}
	waitFor(t, "some to go", func() bool {
		s := b.Stats()
		return s.MemoryHeld < 20*MiB && s.SessionsShed > 0
	})
	gone := 0
	for _, g := range append(all, lingers) {
		if len(g.closed) > 0 {
			gone++
		}
	}
	if gone == 0 || gone == len(all)+1 {
		t.Errorf("%d of %d have gone", gone, len(all)+1)
	}
	innocent.say(core.Frame{Kind: core.KindPing, ID: 1})
	innocent.hear(core.KindPong)
	if len(innocent.closed) > 0 {
		t.Error("one that held nothing has gone")
	}
}
