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

// allKinds is messages of all shapes.
func allKinds() []core.Message {
	binary := make([]byte, 256)
	for i := range binary {
		binary[i] = byte(255 - i)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), mebibyte/16)
	many := make(core.Message, 1000)
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	return []core.Message{
		text("hello"), text(""), text("", ""), text("a", "", "b"), {binary}, {binary[:255], binary, nil}, many,
		{large, nil, large[:1000]},
	}
}

// dialogue is a port and a libzmq peer that send each other messages.
type dialogue struct {
	t        *testing.T
	port     *Port
	in       *mailbox
	peer     *python
	peerType string
	typ      core.SocketType
	peerID   []byte // for a port of type ROUTER
	ourID    []byte // for a peer of type ROUTER
}

// envelope tells whether what is said has an empty part in front on our side.
func (d *dialogue) envelope() bool { return d.peerType == "REQ" || d.peerType == "REP" }

// say sends from the port to the peer.
func (d *dialogue) say(m core.Message) {
	d.t.Helper()
	out := slices.Clone(m)
	if d.envelope() {
		out = append(core.Message{nil}, out...)
	}
	if d.typ == core.ROUTER {
		out = append(core.Message{d.peerID}, out...)
	}
	if err := d.port.Send(out, nil); err != nil {
		d.t.Fatal(err)
	}
	got := d.peer.hearMessage()
	if d.peerType == "ROUTER" {
		d.ourID, got = got[0], got[1:]
	}
	wantMessage(d.t, got, m)
}

// listen sends from the peer to the port.
func (d *dialogue) listen(m core.Message) {
	d.t.Helper()
	if d.peerType == "ROUTER" {
		d.peer.tellMessage(append(core.Message{d.ourID}, m...))
	} else {
		d.peer.tellMessage(m)
	}
	got := d.in.next(d.t)
	if d.typ == core.ROUTER {
		d.peerID, got = got[0], got[1:]
	}
	if d.envelope() {
		wantMessage(d.t, got[:1], text(""))
		got = got[1:]
	}
	wantMessage(d.t, got, m)
}

// TestPortInterop is every type against every libzmq type it talks to, connecting and listening.
func TestPortInterop(t *testing.T) {
	say, listen := (*dialogue).say, (*dialogue).listen
	type turns []func(*dialogue, core.Message)
	tests := []struct {
		typ   core.SocketType
		peer  string
		turns turns
	}{
		{core.PUSH, "PULL", turns{say}},
		{core.PULL, "PUSH", turns{listen}},
		{core.PAIR, "PAIR", turns{say, listen}},
		{core.DEALER, "DEALER", turns{say, listen}},
		{core.DEALER, "ROUTER", turns{say, listen}},
		{core.DEALER, "REP", turns{say, listen}},
		{core.ROUTER, "DEALER", turns{listen, say}},
		{core.ROUTER, "REQ", turns{listen, say}},
		{core.ROUTER, "ROUTER", turns{say, listen}},
		{core.PUB, "SUB", turns{say}},
		{core.PUB, "XSUB", turns{say}},
		{core.XPUB, "SUB", turns{say}},
		{core.XPUB, "XSUB", turns{say}},
		{core.SUB, "PUB", turns{listen}},
		{core.SUB, "XPUB", turns{listen}},
		{core.XSUB, "PUB", turns{listen}},
		{core.XSUB, "XPUB", turns{listen}},
	}
	for _, test := range tests {
		for _, bind := range []bool{false, true} {
			if test.typ == core.SUB && !bind || test.typ == core.XPUB && bind {
				continue // not a matter of ports
			}
			name := test.typ.String() + " connects to " + test.peer
			if bind {
				name = test.typ.String() + " listens for " + test.peer
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := startDialogue(t, test.typ, test.peer, bind)
				for _, m := range allKinds() {
					for _, turn := range test.turns {
						turn(d, m)
					}
				}
			})
		}
	}
}

func startDialogue(t *testing.T, typ core.SocketType, peerType string, bind bool) *dialogue {
	t.Helper()
	f := newTestFactory(t, quick())
	d := &dialogue{t: t, typ: typ, peerType: peerType}
	var args []string
	switch {
	case peerType == "SUB":
		args = append(args, "")
	case typ == core.ROUTER && peerType == "ROUTER":
		d.peerID = []byte("peer")
		args = append(args, "--identity", "peer")
	}
	if bind {
		d.port, d.in = bindPort(t, f, typ, anyPort)
		d.peer = startPeer(t, peerType, d.port.Endpoint(), args...)
	} else {
		d.peer = startPeer(t, peerType, core.Endpoint{}, args...)
		d.port, d.in = dialPort(t, f, typ, d.peer.endpoint())
	}
	if typ != core.PULL {
		awaitReady(t, d.port)
	}
	switch peerType {
	case "XSUB":
		d.peer.tell([]string{"\x01"})
		fallthrough
	case "SUB":
		audience := d.port.socket.pattern.(*publisher)
		eventually(t, "subscribed", func() bool { return subscriptionsOf(audience) == 1 })
		if typ == core.XPUB {
			wantWords(t, d.in.next(t), "\x01")
		}
	case "PUB", "XPUB":
		subscribePort(t, d.port, "")
		if peerType == "XPUB" {
			wantMessage(t, d.peer.hearMessage(), text("\x01"))
		}
	}
	return d
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
		{"XPUB that listens", core.XPUB, somewhere, PortOptions{Receiver: in, Bind: true}, core.Unsupported},
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
