package port_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

func newPub(t testing.TB, f *gateway.Factory) *gateway.Port {
	t.Helper()
	return newPort(t, f, core.PUB, AnyPort, gateway.PortOptions{Bind: true})
}

func TestPubLibzmqSUB(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newPub(t, f)
	number := strconv.Itoa(int(g.Endpoint().Port))
	fx := StartPython(t, "sub", "--port", number, "fx.", "fx.EUR")
	all := StartPython(t, "sub", "--port", number, "--heartbeat", "100", "--patience", "5000", "")
	Eventually(t, "both are subscribed", func() bool { return g.Subscriptions() == 3 })
	send(t, g, "fx.EURUSD", "1.1")
	send(t, g, "time", "", "12:00")
	send(t, g, "fx.GBPUSD", "1.3")
	for p, want := range map[*Python][][]string{
		fx:  {{"fx.EURUSD", "1.1"}, {"fx.GBPUSD", "1.3"}},
		all: {{"fx.EURUSD", "1.1"}, {"time", "", "12:00"}, {"fx.GBPUSD", "1.3"}},
	} {
		for _, message := range want {
			if got := p.Hear(); !slices.Equal(got, message) {
				t.Errorf("got %q, want %q", got, message)
			}
		}
	}
	fx.Kill()
	Eventually(t, "one is forgotten", func() bool { return g.Subscriptions() == 1 })
}

func TestPubSlowPeerHurtsNobody(t *testing.T) {
	t.Parallel()
	const messages = 3000
	f := newTestFactory(t, gateway.Config{HWM: 1 << 20, MaxQueued: 4 * MiB})
	g := newPub(t, f)
	number := strconv.Itoa(int(g.Endpoint().Port))
	StartPython(t, "stalled", "--port", number)
	good, in := dialPort(t, newTestFactory(t, quick()), core.XSUB, g.Endpoint())
	subscribe(t, good, "")
	Eventually(t, "both are subscribed", func() bool { return g.Subscriptions() == 2 })
	body := string(make([]byte, 64<<10))
	for i := range messages {
		send(t, g, fmt.Sprint(i), body)
		WantMessage(t, in.Next(t), Text(fmt.Sprint(i), body)) // in step, so that only the other one can fall behind
		if f.Stats().Dropped[drop.SlowPeer] > 0 {
			return
		}
	}
	t.Error("nothing was dropped for the peer that does not receive")
}

// TestPubSubscriptions: a set for every peer, changed by messages as well as by commands.
func TestPubSubscriptions(t *testing.T) {
	t.Parallel()
	g := newPub(t, newTestFactory(t, quick()))
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "SUB")
	p.Say(Frame(0, []byte("\x01a")), Frame(0, []byte("\x01a")), Command("SUBSCRIBE", 'b'), Frame(0, []byte("\x01end")))
	Eventually(t, "subscribed", func() bool { return g.Subscriptions() == 3 })
	send(t, g, "a1")
	send(t, g, "b1")
	send(t, g, "c1")
	p.Say(Frame(0, []byte("\x00a")), Command("CANCEL", 'b'), Frame(0, []byte("\x00never")), Frame(0, []byte("from an XSUB")))
	Eventually(t, "canceled", func() bool { return g.Subscriptions() == 1 })
	send(t, g, "a2")
	send(t, g, "b2")
	send(t, g, "end")
	for _, want := range []string{"a1", "b1", "end"} {
		WantWords(t, p.Message(), want)
	}
}

func TestPubBoundsSubscriptions(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newPub(t, f)
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "SUB")
	prefix := make([]byte, zmtp.MaxPrefix)
	for i := range port.MaxPrefixBytes/zmtp.MaxPrefix + 1 {
		prefix[0], prefix[1], prefix[2] = 1, byte(i), byte(i>>8)
		p.Say(Frame(0, prefix))
	}
	p.HungUp()
	Eventually(t, "the violation is counted", func() bool { return f.Stats().ProtocolErrors == 1 })
	if n := g.Subscriptions(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestPubRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	g := newPub(t, newTestFactory(t, gateway.Config{Limits: zmtp.Limits{MaxMessage: 10}}))
	WantCode(t, g.Send(nil, nil), core.Invalid)
	WantCode(t, g.Send(Text("twelve bytes"), nil), core.TooLarge)
	WantCode(t, g.Send(make(core.Message, core.MaxParts+1), nil), core.TooLarge)
}

// TestLongPrefixes: a prefix may be as long in a command as it may be in a message.
func TestLongPrefixes(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newPub(t, f)
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "SUB")
	prefix := bytes.Repeat([]byte("x"), zmtp.MaxPrefix)
	p.Say(Command("SUBSCRIBE", prefix...), Command("SUBSCRIBE", prefix[:10_000]...), Command("SUBSCRIBE", 'y'))
	Eventually(t, "all three", func() bool { return g.Subscriptions() == 3 })
	p.Say(Command("CANCEL", prefix...))
	Eventually(t, "two are left", func() bool { return g.Subscriptions() == 2 })

	for name, c := range map[string][]byte{
		"too long":        Command("SUBSCRIBE", append(prefix, 'x')...),
		"another command": Command("SUBSCRIBED", prefix[:10_000]...),
		"a long PING":     Command("PING", prefix[:10_000]...),
		"endless":         Announce(FlagCommand, 1<<62),
	} {
		p := DialPeer(t, g.Endpoint())
		p.Meet(1, "SUB")
		p.Say(c, make([]byte, 100))
		p.HungUp()
		t.Log(name)
	}
	Eventually(t, "violations", func() bool { return f.Stats().ProtocolErrors == 4 })
}
