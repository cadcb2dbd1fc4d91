package gateway

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// of is a message of so many parts, the first of them a topic.
func of(parts int, topic string) []string {
	m := make([]string, parts)
	m[0] = topic
	return m
}

// bereft is a Subscriber and a Receiver that is told what it does not get.
type bereft struct {
	*Mailbox
	missed chan string
}

func newBereft() bereft { return bereft{NewMailbox(Plenty), make(chan string, Plenty)} }

func (b bereft) Deliver(p burst.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) { b.Receive(m) })
}

func (b bereft) Missed(topic []byte)                     { b.missed <- string(topic) }
func (b bereft) ReceiveExcess(topic []byte) (taken bool) { b.Missed(topic); return true }

// TestExcessOfAPublisher: a message of too many parts is missing where it would have been, to whom it was for, and costs
// nobody anything else.
func TestExcessOfAPublisher(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	f := newTestFactory(t, quick())
	g := newSub(t, f, pub.Endpoint())
	concerned, other := newBereft(), newBereft()
	for to, prefixes := range map[bereft][]string{concerned: {"big", "ok"}, other: {"ok"}} {
		x := g.Attach(to)
		defer x.Close()
		subscribe(t, x, prefixes...)
	}
	pub.Tell(of(1500, "big"))
	pub.Tell([]string{"ok"})
	for _, to := range []bereft{concerned, other} {
		WantWords(t, to.Next(t), "ok")
	}
	if n := len(concerned.missed); n != 1 || <-concerned.missed != "big" {
		t.Errorf("who wanted it was told %d times", n)
	}
	if len(other.missed) > 0 {
		t.Error("somebody else was told")
	}
	if s := f.Stats(); s.Reconnects != 0 || s.Dropped[drop.TooLarge] != 1 {
		t.Errorf("%+v", s)
	}
}

// TestExcessOfAPeer: the page whose turn it is is told.
func TestExcessOfAPeer(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[core.SocketType]string{
		core.PULL: "PUSH", core.DEALER: "DEALER", core.PAIR: "PAIR", core.ROUTER: "DEALER", core.XSUB: "PUB", core.SUB: "PUB", core.XPUB: "XSUB",
	} {
		t.Run(ours.String(), func(t *testing.T) {
			t.Parallel()
			f := newTestFactory(t, quick())
			page := newBereft()
			port := newPort(t, f, ours, AnyPort, PortOptions{Receiver: page, Bind: true})
			port.Subscribe([]byte("t"), nil)
			peer := StartPeer(t, theirs, port.Endpoint())
			Eventually(t, "connected", func() bool { return port.Reach() == ReachReady })
			if theirs == "PUB" { // what it says before it has heard of the subscription goes nowhere
				Eventually(t, "the subscription arrives", func() bool {
					peer.Tell([]string{"topic"})
					return len(page.Messages) > 0
				})
			}
			peer.Tell(of(1500, "topic"))
			peer.Tell([]string{"topic", "end"})
			for m := page.Next(t); string(m[len(m)-1]) != "end"; m = page.Next(t) {
			}
			if n := len(page.missed); n != 1 {
				t.Errorf("told %d times", n)
			}
		})
	}
}

// TestMostPartsThereAndBack: the envelope of a request does not count.
func TestMostPartsThereAndBack(t *testing.T) {
	t.Parallel()
	most := of(core.MaxParts, "most")
	for _, role := range []string{"rep", "router"} {
		backend := StartPython(t, role)
		reply := request(t, newReq(t, newTestFactory(t, quick()), backend.Endpoint()), Text(most...))
		WantCode(t, reply.err, core.OK)
		WantWords(t, reply.reply, most...)
	}
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	serve(t, g, "page", func(in *Incoming) { in.Reply(in.Message) })
	backend := startAsking(t, g)
	for _, question := range [][]string{most, append(slices.Clone(most), "page")} {
		backend.Tell(question)
		if got := backend.Hear(); !slices.Equal(got, most) {
			t.Errorf("%d parts come back", len(got))
		}
	}
	backend.Tell(append(slices.Clone(most), "one too many"))
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.TooLarge] == 1 })
}

// TestExcessOfAReply: it ends its request, and no other.
func TestExcessOfAReply(t *testing.T) {
	t.Parallel()
	for _, theirs := range []string{"REP", "ROUTER"} {
		t.Run(theirs, func(t *testing.T) {
			t.Parallel()
			l := ListenLocal(t)
			c := quick()
			c.MaxLockstep = 1 // so that the second request goes over the same connection as the first
			f := newTestFactory(t, c)
			g := newReq(t, f, EndpointOf(l.Addr()))
			p := AcceptPeer(t, l)
			p.Meet(1, theirs)
			_, first := ask(g, Text("a"), Patience)
			if theirs == "ROUTER" {
				p = AcceptPeer(t, l)
				p.Meet(1, theirs)
			}
			envelope := p.Message()
			envelope = envelope[:len(envelope)-1]
			p.Say(Echo(append(slices.Clone(envelope), Text(of(1500, "big")...)...)))
			got := Await(t, "the failure", first)
			WantCode(t, got.err, core.TooLarge)
			if !strings.Contains(got.err.Error(), "the reply is over a limit") {
				t.Errorf("the reason is %v", got.err)
			}
			_, second := ask(g, Text("b"), Patience)
			p.Say(Echo(p.Message()))
			WantWords(t, Await(t, "the reply", second).reply, "b")
		})
	}
}

// TestExcessIsTolerated up to four times a limit. More costs the link, and everybody hears why.
func TestExcessIsTolerated(t *testing.T) {
	t.Parallel()
	l := ListenLocal(t)
	c := quick()
	c.Limits = zmtp.Limits{MaxFrame: 1000, MaxMessage: 1000}
	f := newTestFactory(t, c)
	g := newSub(t, f, EndpointOf(l.Addr()))
	page := newBereft()
	x := g.Attach(page)
	defer x.Close()
	x.Subscribe([]byte("t"), nil)
	codes := make(chan core.Code, 10)
	defer g.Watch(watcher{func(err error) { codes <- core.CodeOf(err) }})()
	p := AcceptPeer(t, l)
	p.Meet(0, "PUB")
	p.Say(Frame(0, append([]byte("t"), make([]byte, 3999)...)), Frame(0, []byte("there")))
	WantWords(t, page.Next(t), "there")
	if topic := Await(t, "the gap", page.missed); len(topic) != 4000 {
		t.Errorf("told of %d bytes", len(topic))
	}
	p.Say(Announce(0, 4001))
	if code := Await(t, "the end", codes); code != core.TooLarge {
		t.Errorf("down for %v", code)
	}
	_, c2 := ask(newReq(t, f, RefusingEndpoint(t)), Text("x"), time.Minute)
	WantCode(t, (<-c2).err, core.Unavailable)
}

// watcher hears of the end of connections.
type watcher struct{ down func(error) }

func (watcher) Up()            {}
func (w watcher) Down(e error) { w.down(e) }
