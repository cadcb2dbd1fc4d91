package attack

import (
	"net"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestBindWhereABackendIsAway: a page that says bind at the name of a backend that is away does not get its place. The backend comes back, and is
// asked by those who have waited for it.
func TestBindWhereABackendIsAway(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	b := start(t, "endpoints:\n  calc: {type: [REQ, PUSH, PULL, PUB, SUB, DEALER, ROUTER, PAIR, XPUB, XSUB], address: '"+address+"'}\n", nil)
	innocent, mallory := b.enter(""), b.enter("")
	innocent.Open(1, core.REQ, 0, "calc")
	for n, typ := range []core.SocketType{core.REQ, core.REP, core.PUSH, core.PULL, core.PUB, core.SUB, core.DEALER, core.ROUTER, core.PAIR, core.XPUB, core.XSUB} {
		mallory.Open(uint32(n+1), typ, core.FlagBind, "calc")
		if f := mallory.Hear(core.KindOpened, core.KindRefused, core.KindState); f == nil || f.Kind == core.KindOpened {
			t.Errorf("%v: %+v, %v", typ, f, mallory.End())
		}
		mallory.Open(uint32(n+100), typ, core.FlagBind, address)
		if f := mallory.Hear(core.KindOpened, core.KindRefused); f == nil || f.Kind == core.KindOpened {
			t.Errorf("%v at the address: %+v, %v", typ, f, mallory.End())
		}
		if conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://")); err == nil {
			conn.Close()
			t.Errorf("%v: the bridge listens at the address of the backend", typ)
		}
	}
	answeringAt(t, address, func(in *gateway.Incoming) { in.Reply(core.Message{[]byte("I am the backend")}) })
	id := uint64(1)
	until(t, "whoever has waited is answered by the backend", func() bool {
		id++
		innocent.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Millis: 1000, Parts: core.Message{[]byte("are you back?")}})
		f := innocent.Hear(core.KindReply, core.KindFailed)
		return f != nil && f.Kind == core.KindReply && strings.HasSuffix(string(f.Body), "I am the backend")
	})
}

// answeringAt is answering at an address.
func answeringAt(t *testing.T, address string, answer func(in *gateway.Incoming)) {
	t.Helper()
	at, err := core.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	factory := gateway.NewFactory(gateway.Config{})
	t.Cleanup(factory.Close)
	backend, err := factory.Rep(at)
	if err == nil {
		_, err = backend.Serve("", answer)
	}
	if err != nil {
		t.Fatal(err)
	}
}
