package gateway

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestGreetsAs31 where it connects and where it listens.
func TestGreetsAs31(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	l := ListenLocal(t)
	newReq(t, f, EndpointOf(l.Addr()))
	for name, p := range map[string]Peer{"dial": AcceptPeer(t, l), "bind": DialPeer(t, newPub(t, f).Endpoint())} {
		p.Say(Greet(0))
		got := make([]byte, GreetingSize)
		p.ReadFull(got)
		if want := Greet(1); !bytes.Equal(got, want) {
			t.Errorf("%s: greets with %x, want %x", name, got, want)
		}
	}
}

// TestOwnPeersKnowPing: bridges that talk to each other notice when one is gone, and prove subscriptions live.
func TestOwnPeersKnowPing(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Heartbeat = 50 * time.Millisecond
	listens, dials := newTestFactory(t, c), newTestFactory(t, quick())
	g := newPub(t, listens)
	sub := newSub(t, dials, g.Endpoint())
	in, x := attach(t, sub, "a")
	WantCode(t, g.Publish(Text("a", "live at once")), core.OK)
	in.next(t, "a", "live at once")

	// Nothing is sent but PINGs of the one that listens, and the answers.
	heard := dials.Stats().BytesIn
	Eventually(t, "PINGs", func() bool { return dials.Stats().BytesIn > heard+100 })
	if s := dials.Stats(); s.Reconnects+s.ProtocolErrors > 0 || s.MessagesIn != 1 {
		t.Errorf("%+v", s)
	}

	// Without PONGs every subscription would wait for so long. One that does not is enough, on a busy machine.
	const unprovenGrace = 50 * time.Millisecond
	var took time.Duration
	for range 100 {
		begun := time.Now()
		subscribe(t, x, "b")
		if took = time.Since(begun); took < unprovenGrace {
			return
		}
		x.Unsubscribe([]byte("b"))
	}
	t.Errorf("live after %v", took)
}

// TestPingTTL: a peer that says how long it may be silent is given up when it is silent for longer, and not before.
func TestPingTTL(t *testing.T) {
	const soon = 600 * time.Millisecond
	tests := []struct {
		name    string
		ttl     byte          // in tenths of a second
		follows []byte        // said soon after
		want    time.Duration // until it is given up; 0: it is not
	}{
		{"none", 0, nil, 0},
		{"silence", 7, nil, 700 * time.Millisecond},
		{"a message follows", 7, Frame(0, []byte("x")), 0},
		{"another PING follows", 7, Command("PING", 0, 9), soon + 900*time.Millisecond},
		{"a PING without TTL follows", 7, Command("PING", 0, 0), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := make(Pipes)
				f := NewFactory(Config{Dial: backend.Dial, Heartbeat: -1, BackoffMin: time.Hour, BackoffMax: time.Hour})
				defer f.Close()
				g, err := f.Req(Somewhere)
				if err != nil {
					t.Fatal(err)
				}
				watched := NewEvents()
				defer g.Watch(watched)()
				p := backend.Accept(t)
				p.Meet(1, "REP")
				watched.Wait(t, "up")

				begun := time.Now()
				p.Say(Command("PING", 0, test.ttl, 'm', 'e'))
				if flags, body := p.Frame(); flags != FlagCommand || string(body) != "\x04PONGme" {
					t.Fatalf("answered with %#x %q", flags, body)
				}
				go io.Copy(io.Discard, struct{ io.Reader }{p}) // ended by the end of the connection
				if test.follows != nil {
					<-time.After(soon)
					p.Say(test.follows)
				}
				select {
				case event := <-watched:
					if took := time.Since(begun); took != test.want || !strings.Contains(event, "silent") {
						t.Errorf("%s after %v, want %v", event, took, test.want)
					}
				case <-time.After(time.Minute):
					if test.want > 0 {
						t.Error("it is not given up")
					}
				}
			})
		})
	}
}

// TestLibzmqSubscribes: since we greet as 3.1 its SUB sends commands; its XSUB, and any peer of before, sends messages.
func TestLibzmqSubscribes(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	in := NewMailbox(Plenty)
	page := newPort(t, f, core.XPUB, AnyPort, PortOptions{Receiver: in, Bind: true})
	long := strings.Repeat("l", 20_000)
	StartPeer(t, "SUB", page.Endpoint(), "sub", long)
	heard := map[string]bool{string(in.Next(t)[0]): true, string(in.Next(t)[0]): true}
	if !heard["\x01sub"] || !heard["\x01"+long] {
		t.Errorf("heard %.100v", heard)
	}
	xsub := StartPeer(t, "XSUB", page.Endpoint())
	xsub.Tell([]string{"\x01xsub"})
	WantWords(t, in.Next(t), "\x01xsub")
	xsub.Tell([]string{"\x00xsub"})
	WantWords(t, in.Next(t), "\x00xsub")
	old := DialPeer(t, page.Endpoint())
	old.Meet(0, "SUB")
	old.Say(Frame(0, []byte("\x01old")))
	WantWords(t, in.Next(t), "\x01old")
}

// TestSubscribesIn30: what we send stays what a ZMTP 3.0 peer understands, whatever the peer greets with, and no PING goes
// to one that knows none.
func TestSubscribesIn30(t *testing.T) {
	t.Parallel()
	for minor := range byte(2) {
		c := quick()
		c.Heartbeat = Patience
		if minor == 0 {
			c.Heartbeat = time.Millisecond
		}
		l := ListenLocal(t)
		x := newSub(t, newTestFactory(t, c), EndpointOf(l.Addr())).Attach(make(inbox, 10))
		defer x.Close()
		x.Subscribe([]byte("a"), func() { x.Unsubscribe([]byte("a")) })
		p := AcceptPeer(t, l)
		p.Meet(minor, "PUB")
		WantWords(t, p.Message(), "\x01a")
		for {
			flags, body := p.Frame()
			if string(body) == "\x00a" {
				break
			}
			context, isPing := bytes.CutPrefix(body, []byte("\x04PING\x00\x00"))
			if minor == 0 || flags != FlagCommand || !isPing {
				t.Fatalf("minor %d: got %#x %q", minor, flags, body)
			}
			p.Say(Command("PONG", context...))
		}
	}
}
