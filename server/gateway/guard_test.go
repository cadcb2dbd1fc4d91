package gateway

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestPingIsAnswered: with its own context, and without the application hearing of it.
func TestPingIsAnswered(t *testing.T) {
	t.Parallel()
	l := listenLocal(t)
	f := newTestFactory(t, quick())
	newReq(t, f, endpointOf(l.Addr()))
	p := acceptFake(t, l)
	p.meet(1, "REP")
	for _, context := range []string{"", "x", "0123456789abcdef"} {
		p.say(command("PING", append([]byte{0, 10}, context...)...))
		flags, body := p.frame()
		if want := "\x04PONG" + context; flags != flagCommand || string(body) != want {
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
	good, bad := dialFake(t, g.Endpoint()), dialFake(t, g.Endpoint())
	good.meet(1, "REQ")
	bad.meet(1, "REQ")
	bad.say(frame(flagMore, nil), frame(0, []byte("bug")))
	bad.hungUp()
	good.say(frame(flagMore, nil), frame(0, []byte("fine")))
	wantWords(t, good.message(), "", "fine")
	f.Close()
	if !strings.Contains(log.String(), "oops") || !strings.Contains(log.String(), "TestPanicEndsOneConnection") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestUnknownCommandsAreIgnored: newer versions of ZMTP may have more.
func TestUnknownCommandsAreIgnored(t *testing.T) {
	t.Parallel()
	l := listenLocal(t)
	g := newReq(t, newTestFactory(t, quick()), endpointOf(l.Addr()))
	p := acceptFake(t, l)
	p.meet(1, "REP")
	p.say(command("FUTURE", 1, 2, 3), command("JOIN"), command("PONG", 7), command("SUBSCRIBE", 'x'))
	_, c := ask(g, text("ping"), patience)
	p.say(echo(p.message()))
	wantWords(t, await(t, "a reply", c).reply, "ping")
}

// TestWhatIsAnnouncedIsNotAllocated: headers cost a peer nothing, so they must not cost the bridge anything.
func TestWhatIsAnnouncedIsNotAllocated(t *testing.T) {
	in := join(hello("REP"), announce(0, 64*mebibyte), []byte("a little"))
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			drive(in, Limits{}.withDefaults(), (*peer).receive)
		}
	}).AllocedBytesPerOp()
	if allocated > 2*stageChunk {
		t.Errorf("%d bytes were allocated for a header", allocated)
	}
}
