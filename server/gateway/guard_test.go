package gateway

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestPingIsAnswered: with its own context, and without the application hearing of it.
func TestPingIsAnswered(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	f := newTestFactory(t, quick())
	newReq(t, f, EndpointOf(l.Addr()))
	p := AcceptPeer(t, l)
	p.Meet(1, "REP")
	for _, context := range []string{"", "x", "0123456789abcdef"} {
		p.Say(Command("PING", append([]byte{0, 10}, context...)...))
		flags, body := p.Frame()
		if want := "\x04PONG" + context; flags != FlagCommand || string(body) != want {
			t.Errorf("got %#x %q, want a command %q", flags, body, want)
		}
	}
	if n := f.Stats().MessagesIn; n != 0 {
		t.Errorf("%d messages came in", n)
	}
}

// TestPanicEndsOneConnection: a bug in what a message sets off is logged, and costs the connection it came over.
func TestPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := NewFactory(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	defer f.Close()
	g := newRep(t, f)
	serve(t, g, "", func(in *Incoming) {
		if string(in.Message[0]) == "bug" {
			panic("oops")
		}
		in.Reply(in.Message)
	})
	good, bad := DialPeer(t, g.Endpoint()), DialPeer(t, g.Endpoint())
	good.Meet(1, "REQ")
	bad.Meet(1, "REQ")
	bad.Say(Frame(FlagMore, nil), Frame(0, []byte("bug")))
	bad.HungUp()
	good.Say(Frame(FlagMore, nil), Frame(0, []byte("fine")))
	WantWords(t, good.Message(), "", "fine")
	f.Close()
	if !strings.Contains(log.String(), "oops") || !strings.Contains(log.String(), "TestPanicEndsOneConnection") || !strings.Contains(log.String(), "endpoint="+g.Endpoint().String()) {
		t.Errorf("the log says %q", log.String())
	}
}

// TestUnknownCommandsAreIgnored: newer versions of ZMTP may have more.
func TestUnknownCommandsAreIgnored(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	g := newReq(t, newTestFactory(t, quick()), EndpointOf(l.Addr()))
	p := AcceptPeer(t, l)
	p.Meet(1, "REP")
	p.Say(Command("FUTURE", 1, 2, 3), Command("JOIN"), Command("PONG", 7), Command("SUBSCRIBE", 'x'))
	_, c := ask(g, Text("ping"), Patience)
	p.Say(Echo(p.Message()))
	WantWords(t, Await(t, "a reply", c).reply, "ping")
}
