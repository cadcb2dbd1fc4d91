package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

func newPub(t testing.TB, f *Factory) *PubGateway {
	t.Helper()
	g, err := f.Pub(AnyPort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Release)
	return g
}

// subscriptions is how many prefixes of how many peers are subscribed to.
func subscriptions(g *PubGateway) int { return subscriptionsOf(g.publisher) }

func publish(t testing.TB, g *PubGateway, parts ...string) {
	t.Helper()
	if err := g.Publish(Text(parts...)); err != nil {
		t.Fatal(err)
	}
}

func TestPubLibzmqSUB(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newPub(t, f)
	port := strconv.Itoa(int(g.Endpoint().Port))
	fx := StartPython(t, "sub", "--port", port, "fx.", "fx.EUR")
	all := StartPython(t, "sub", "--port", port, "--heartbeat", "100", "")
	Eventually(t, "both are subscribed", func() bool { return subscriptions(g) == 3 })
	publish(t, g, "fx.EURUSD", "1.1")
	publish(t, g, "time", "", "12:00")
	publish(t, g, "fx.GBPUSD", "1.3")
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
	Eventually(t, "one is forgotten", func() bool { return subscriptions(g) == 1 })
}

func TestPubSlowPeerHurtsNobody(t *testing.T) {
	t.Parallel()
	const messages = 3000
	f := newTestFactory(t, Config{HWM: 1 << 20, MaxQueued: 4 * MiB})
	g := newPub(t, f)
	port := strconv.Itoa(int(g.Endpoint().Port))
	StartPython(t, "stalled", "--port", port)
	good := newSub(t, newTestFactory(t, quick()), g.Endpoint())
	in, _ := attach(t, good, "")
	Eventually(t, "both are subscribed", func() bool { return subscriptions(g) == 2 })
	body := string(make([]byte, 64<<10))
	for i := range messages {
		publish(t, g, fmt.Sprint(i), body)
		in.next(t, fmt.Sprint(i), body) // in step, so that only the other one can fall behind
		if f.Stats().Dropped[DropSlowPeer] > 0 {
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
	Eventually(t, "subscribed", func() bool { return subscriptions(g) == 3 })
	publish(t, g, "a1")
	publish(t, g, "b1")
	publish(t, g, "c1")
	p.Say(Frame(0, []byte("\x00a")), Command("CANCEL", 'b'), Frame(0, []byte("\x00never")), Frame(0, []byte("from an XSUB")))
	Eventually(t, "canceled", func() bool { return subscriptions(g) == 1 })
	publish(t, g, "a2")
	publish(t, g, "b2")
	publish(t, g, "end")
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
	for i := range maxPrefixBytes/zmtp.MaxPrefix + 1 {
		prefix[0], prefix[1], prefix[2] = 1, byte(i), byte(i>>8)
		p.Say(Frame(0, prefix))
	}
	p.HungUp()
	Eventually(t, "the violation is counted", func() bool { return f.Stats().ProtocolErrors == 1 })
	if n := subscriptions(g); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestPubRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	g := newPub(t, newTestFactory(t, Config{Limits: zmtp.Limits{MaxMessage: 10}}))
	WantCode(t, g.Publish(nil), core.Invalid)
	WantCode(t, g.Publish(Text("twelve bytes")), core.TooLarge)
	WantCode(t, g.Publish(make(core.Message, core.MaxParts+1)), core.TooLarge)
}
