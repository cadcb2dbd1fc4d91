package gateway

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func newPort(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint, o PortOptions) *Port {
	t.Helper()
	return Held[*Port](t)(f.Port(typ, ep, o))
}

// dialPort connects, with all the room there is.
func dialPort(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint) (*Port, *Mailbox) {
	t.Helper()
	in := NewMailbox(Plenty)
	return newPort(t, f, typ, ep, PortOptions{Receiver: in}), in
}

func TestPortErrors(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Dial: make(Pipes).Dial, MaxGateways: 2})
	in := NewMailbox(Plenty)
	tests := []struct {
		name string
		typ  core.SocketType
		ep   core.Endpoint
		o    PortOptions
		want core.Code
	}{
		{"no endpoint", core.PUSH, core.Endpoint{}, PortOptions{}, core.Invalid},
		{"no such type", 99, Somewhere, PortOptions{}, core.Invalid},
		{"no receiver", core.PULL, Somewhere, PortOptions{}, core.Invalid},
		{"identity with a zero", core.DEALER, Somewhere, PortOptions{Receiver: in, Identity: []byte{0, 1}}, core.Invalid},
		{"long identity", core.DEALER, Somewhere, PortOptions{Receiver: in, Identity: make([]byte, 256)}, core.Invalid},
		{"REQ", core.REQ, Somewhere, PortOptions{}, core.Unsupported},
		{"REP", core.REP, Somewhere, PortOptions{}, core.Unsupported},
		{"SUB that connects", core.SUB, Somewhere, PortOptions{Receiver: in}, core.Unsupported},
		{"not an address of this machine", core.PULL, core.Endpoint{Transport: "tcp", Host: "192.0.2.1", Port: 1}, PortOptions{Receiver: in, Bind: true}, core.Unavailable},
	}
	for _, test := range tests {
		if _, err := f.Port(test.typ, test.ep, test.o); core.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	pull, _ := dialPort(t, f, core.PULL, Somewhere)
	WantCode(t, pull.Send(Text("x"), nil), core.Unsupported)
	push, _ := dialPort(t, f, core.PUSH, Somewhere)
	WantCode(t, push.Send(nil, nil), core.Invalid)
	WantCode(t, push.Send(make(core.Message, core.MaxParts+1), nil), core.TooLarge)
	_, err := f.Port(core.PUB, Somewhere, PortOptions{})
	WantCode(t, err, core.Busy)
	if s := f.Stats(); s.Sockets != 2 {
		t.Errorf("%d sockets, want 2", s.Sockets)
	}
	push.Release()
	push.Release()
	WantCode(t, push.Send(Text("x"), nil), core.Closed)
	f.Close()
	_, err = f.Port(core.PUB, Somewhere, PortOptions{})
	WantCode(t, err, core.Closed)
}

// TestPortSharing: everybody who sends to an address shares a connection, everybody who receives has one of his own.
func TestPortSharing(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Dial: make(Pipes).Dial, IdleClose: time.Hour})
	in := NewMailbox(Plenty)
	for _, typ := range []core.SocketType{core.PUSH, core.PUB, core.PULL, core.DEALER, core.ROUTER, core.PAIR, core.XPUB, core.XSUB} {
		before := f.Stats().Sockets
		a := newPort(t, f, typ, Somewhere, PortOptions{Receiver: in})
		b := newPort(t, f, typ, Somewhere, PortOptions{Receiver: in})
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
			Eventually(t, "both are closed at once", func() bool { return f.Stats().Sockets == before })
		}
	}
}
