package gateway

import (
	"bytes"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// hostile is a peer that should not be: what it sends instead of a handshake, or after one, and what the gateway says of
// it. It gives up waiting for nothing: whether the connection ends is the gateway's doing.
type hostile struct {
	name  string
	sends func(socketType string) []byte
	fin   bool   // it then ends its side of the connection
	want  string // in the reason for which the connection ended
}

// handshaken sends something after a complete handshake.
func handshaken(pieces ...[]byte) func(string) []byte {
	return func(socketType string) []byte { return join(hello(socketType), join(pieces...)) }
}

// raw sends something instead of one.
func raw(pieces ...[]byte) func(string) []byte {
	return func(string) []byte { return join(pieces...) }
}

// readyWith is a READY with a malformed or unusual property list.
func readyWith(properties ...byte) []byte { return command("READY", properties...) }

func greetingWith(change func([]byte)) []byte {
	b := greeting(1)
	change(b)
	return b
}

// hostilePeers are the attacks of notes/zmq4.md section 1, and some more.
var hostilePeers = []hostile{
	{"frame of 2^62 bytes", handshaken(announce(0, 1<<62)), false, "a frame of 4611686018427387904 bytes"},
	{"frame of 2^63 bytes", handshaken(announce(0, 1<<63)), false, "a frame of"},
	{"frame of 2^64-1 bytes", handshaken(announce(0, 1<<64-1)), false, "a frame of"},
	{"frame of 2^47 bytes", handshaken(announce(0, 1<<47)), false, "a frame of"},
	{"frame of 2^40 bytes", handshaken(announce(0, 1<<40)), false, "a frame of"},
	{"frame of 2^35 bytes", handshaken(announce(0, 1<<35)), false, "a frame of"},
	{"parts that add up to too much", handshaken(bytes.Repeat(frame(flagMore, make([]byte, testLimit/2+1)), 2)), false, "a message of more than"},
	{"READY of 2^40 bytes", raw(greeting(1), announce(flagCommand, 1<<40)), false, "a command of"},
	{"READY of 2^62 bytes", raw(greeting(1), announce(flagCommand, 1<<62)), false, "a command of"},
	{"READY with a bad key length", raw(greeting(1), readyWith(200, 'x')), false, "malformed handshake"},
	{"READY without a value length", raw(greeting(1), readyWith(1, 'x')), false, "malformed handshake"},
	{"READY with a huge value length", raw(greeting(1), readyWith(1, 'x', 255, 255, 255, 255)), false, "handshake"},
	{"READY without Socket-Type", raw(greeting(1), readyWith()), false, "unknown socket-type"},
	{"Socket-Type CLIENT", raw(hello("CLIENT")), false, "unknown socket-type"},
	{"incompatible Socket-Type", raw(hello("PUSH")), false, "not compatible"},
	{"endless MORE", handshaken(bytes.Repeat(frame(flagMore, nil), core.MaxParts+1)), false, "a message of more than 1024 parts"},
	{"silence", raw(), false, "no answer in time"},
	{"greeting, then silence", raw(greeting(1)), false, "no answer in time"},
	{"half a greeting, then silence", raw(greeting(1)[:30]), false, "no answer in time"},
	{"HTTP banner", raw([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), false, "not ZMTP 3: it says \"HTTP/1.1 400"},
	{"SSH banner", raw([]byte("SSH-2.0-OpenSSH_9.2\r\n")), false, "not ZMTP 3: it says \"SSH-2.0"},
	{"ZMTP 1 greeting", raw([]byte{1, 0}), false, "not ZMTP 3"},
	{"ZMTP 2 greeting", raw(greetingWith(func(b []byte) { b[10] = 1 })), false, "ZMTP 1; version 3 is needed"},
	{"signature without its end", raw(greetingWith(func(b []byte) { b[9] = 0 })), false, "not ZMTP 3"},
	{"CURVE", raw(greetingWith(func(b []byte) { copy(b[12:], "CURVE") })), false, `wants CURVE security`},
	{"ERROR instead of READY", raw(greeting(1), command("ERROR", append([]byte{4}, "gone"...)...)), false, `refuses: "gone"`},
	{"libzmq's misspelled ERROR", raw(greeting(1), frame(flagCommand, []byte("^RROR\x03400"))), false, `refuses: "400"`},
	{"ERROR without a reason", handshaken(command("ERROR")), false, "refuses"},
	{"ERROR with a short reason", handshaken(command("ERROR", 200, 'x')), false, `refuses: "x"`},
	{"a message instead of READY", raw(greeting(1), frame(0, []byte("hi"))), false, "before the handshake was over"},
	{"another command instead of READY", raw(greeting(1), command("HELLO")), false, "handshake"},
	{"empty command", handshaken(frame(flagCommand, nil)), false, "malformed command"},
	{"command with a name that is not there", handshaken(frame(flagCommand, []byte{9, 'P'})), false, "malformed command"},
	{"command in two parts", handshaken([]byte{flagCommand | flagMore, 1, 'x'}), false, "flags 0x05"},
	{"reserved flags", handshaken([]byte{0x80, 0}), false, "flags 0x80"},
	{"command of 5000 bytes", handshaken(frame(flagCommand, make([]byte, 5000))), false, "a command of 5000 bytes"},
	{"PING without a TTL", handshaken(command("PING", 0)), false, "a PING of 1 bytes"},
	{"PING with a huge context", handshaken(command("PING", make([]byte, 100)...)), false, "a PING of 100 bytes"},
	{"FIN before the greeting", raw(), true, "closed the connection"},
	{"FIN in the greeting", raw(greeting(1)[:20]), true, "closed the connection"},
	{"FIN in READY", raw(greeting(1), ready("REP")[:9]), true, "closed the connection"},
	{"FIN in a header", handshaken([]byte{flagLong, 0, 0}), true, "closed the connection"},
	{"FIN in a body", handshaken(announce(0, 100), []byte("only this")), true, "closed the connection"},
	{"FIN in a large body", handshaken(announce(0, 2*stageChunk), make([]byte, stageChunk+10)), true, "closed the connection"},
	{"FIN between parts", handshaken(frame(flagMore, []byte("first"))), true, "closed the connection"},
}

// testLimit is what a message may have in these tests: enough for a frame that is staged.
const testLimit = 3 * mebibyte

func hostileConfig() Config {
	c := quick()
	c.DialTimeout = time.Second
	c.Limits.MaxMessage = testLimit
	return c
}

// TestHostileBackend: whatever answers a dial costs that one connection; the next one works.
func TestHostileBackend(t *testing.T) {
	for _, h := range hostilePeers {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			l := listenLocal(t)
			g := newReq(t, newTestFactory(t, hostileConfig()), endpointOf(l.Addr()))
			watched := newEvents()
			defer g.Watch(watched)()

			bad := acceptFake(t, l)
			bad.say(h.sends("REP"))
			if h.fin {
				bad.fin()
			}
			bad.hungUp()
			if reason := watched.wait(t, "down"); !strings.Contains(reason, h.want) {
				t.Errorf("got %q, want %q in it", reason, h.want)
			}

			good := acceptFake(t, l)
			good.meet(1, "REP")
			watched.wait(t, "up")
			_, c := ask(g, text("ping"), patience)
			good.say(echo(good.message()))
			wantWords(t, await(t, "a reply", c).reply, "ping")
		})
	}
}

// TestHostileClient: whoever connects to a listening gateway can end its own connection, and nobody else's.
func TestHostileClient(t *testing.T) {
	f := newTestFactory(t, hostileConfig())
	rep, pub := serveEcho(t, f, anyPort), newPub(t, f)
	req, sub := dialFake(t, rep.Endpoint()), dialFake(t, pub.Endpoint())
	req.meet(1, "REQ")
	sub.meet(1, "SUB")
	sub.say(frame(0, []byte{subscribeByte}))
	eventually(t, "subscribed", func() bool { return subscriptions(pub) == 1 })

	t.Run("peers", func(t *testing.T) {
		for _, h := range hostilePeers {
			for socketType, ep := range map[string]core.Endpoint{"REQ": rep.Endpoint(), "SUB": pub.Endpoint()} {
				t.Run(h.name+" to "+socketType, func(t *testing.T) {
					t.Parallel()
					bad := dialFake(t, ep)
					bad.say(h.sends(socketType))
					if h.fin {
						bad.fin()
					}
					bad.hungUp()
				})
			}
		}
	})

	req.say(frame(flagMore, nil), frame(0, []byte("still there")))
	wantWords(t, req.message(), "", "still there")
	publish(t, pub, "still there")
	wantWords(t, sub.message(), "still there")
	eventually(t, "only the good ones are left", func() bool { return f.Stats().PeersUp == 2 })
	if f.Stats().ProtocolErrors == 0 {
		t.Error("protocol errors are not counted")
	}
}

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

// FuzzPeer sends anything at all, as a handshake and as a stream after a good one. Nothing may panic or pass a limit.
func FuzzPeer(f *testing.F) {
	for _, h := range hostilePeers {
		f.Add(h.sends("REP"))
	}
	f.Add(handshaken(frame(flagMore, []byte("a")), frame(0, []byte("b")), command("PING", 0, 0, 'x'), frame(flagLong, nil))("REP"))
	limits := Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, stream := range [][]byte{in, join(hello("REP"), in)} {
			want := drive(stream, limits, zmq4Only)
			for _, m := range want {
				if len(m) == 0 || len(m) > limits.MaxParts || m.Size() > int(limits.MaxMessage) {
					t.Fatalf("a message of %d parts and %d bytes passed", len(m), m.Size())
				}
			}
			// What is taken out of the buffer by hand is what zmq4 would have read.
			if got := drive(stream, limits, (*peer).receive); !reflect.DeepEqual(got, want) {
				t.Fatalf("got %q, zmq4 reads %q", got, want)
			}
		}
	})
}

func zmq4Only(p *peer) (core.Message, error) {
	m, err := p.conn.RecvMsg()
	return m.Frames, err
}

// drive feeds a stream to a peer, and returns the messages that come out.
func drive(stream []byte, limits Limits, receive func(*peer) (core.Message, error)) (messages []core.Message) {
	e := &environment{config: Config{}.withDefaults()}
	p, err := meet(&script{in: bytes.NewReader(stream)}, self{typ: "DEALER", limits: limits}, e)
	if err != nil {
		return nil
	}
	for {
		m, err := receive(p)
		if err != nil {
			return messages
		}
		messages = append(messages, m)
	}
}

// script is a net.Conn with a fixed input.
type script struct {
	nopConn
	in io.Reader
}

func (s *script) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error) { return len(p), nil }

// echo is a message as a REP sends it back.
func echo(m core.Message) (b []byte) {
	for i, part := range m {
		flags := byte(flagMore)
		if i == len(m)-1 {
			flags = 0
		}
		b = append(b, frame(flags, part)...)
	}
	return b
}
