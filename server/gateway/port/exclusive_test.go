package port_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestExclusiveSockets belong to one page at a time, and to the next one when it has gone.
func TestExclusiveSockets(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.ROUTER, core.XPUB, core.PAIR} {
		f := newTestFactory(t, quick())
		ep := UnusedEndpoint(t)
		first, _ := bindPort(t, f, typ, ep)
		_, err := f.Port(typ, ep, gateway.PortOptions{Receiver: NewMailbox(Plenty), Bind: true})
		WantCode(t, err, core.Conflict)
		first.Release()
		bindPort(t, f, typ, ep)
		if n := f.Stats().Sockets; n != 1 {
			t.Errorf("%v: %d sockets", typ, n)
		}
	}
}

// TestRouterOfOnePage: what backends ask comes to the page that has the address, and who comes next has the backends, too.
func TestRouterOfOnePage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	page, in := bindPort(t, f, core.ROUTER, ep)
	dealer := StartPeer(t, "DEALER", ep, "--identity", "worker")
	req := StartPeer(t, "REQ", ep)
	for i := range 4 {
		req.Tell([]string{fmt.Sprint("question ", i)})
		got := in.Next(t)
		WantWords(t, got[1:], "", fmt.Sprint("question ", i))
		send(t, page, string(got[0]), "", "answer")
		WantMessage(t, req.HearMessage(), Text("answer"))
		dealer.Tell([]string{"hello", fmt.Sprint(i)})
		WantWords(t, in.Next(t), "worker", "hello", fmt.Sprint(i))
	}

	// What comes while nobody is there waits for the next page.
	page.Release()
	req.Tell([]string{"anybody?"})
	next, in := bindPort(t, f, core.ROUTER, ep)
	got := in.Next(t)
	WantWords(t, got[1:], "", "anybody?")
	send(t, next, string(got[0]), "", "yes")
	WantMessage(t, req.HearMessage(), Text("yes"))
	send(t, next, "worker", "still there?")
	WantMessage(t, dealer.HearMessage(), Text("still there?"))
	if n := f.Stats().Accepts; n != 2 {
		t.Errorf("%d connections, want 2: nobody had a reason to come again", n)
	}
}

// TestXpubListens: backends' SUBs and XSUBs connect, and the page hears what they want.
func TestXpubListens(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	page, in := bindPort(t, f, core.XPUB, AnyPort)
	sub := StartPeer(t, "SUB", page.Endpoint(), "fx.")
	WantWords(t, in.Next(t), "\x01fx.")
	xsub := StartPeer(t, "XSUB", page.Endpoint())
	xsub.Tell([]string{"\x01fx."}) // its first is not the first there is
	xsub.Tell([]string{"\x01time"})
	WantWords(t, in.Next(t), "\x01time")
	xsub.Tell([]string{"hello"})
	WantWords(t, in.Next(t), "hello")
	xsub.Tell([]string{"\x00fx."})
	xsub.Tell([]string{"and so on"})
	WantWords(t, in.Next(t), "and so on")

	send(t, page, "nothing", "anybody wants")
	send(t, page, "fx.EURUSD", "", "1.1")
	WantMessage(t, sub.HearMessage(), Text("fx.EURUSD", "", "1.1"))
	send(t, page, "time", "12:00")
	WantMessage(t, xsub.HearMessage(), Text("time", "12:00"))

	xsub.Tell([]string{"\x00time"})
	WantWords(t, in.Next(t), "\x00time")
	sub.Kill() // the last who wanted it
	WantWords(t, in.Next(t), "\x00fx.")
}

// TestXpubNextPage is told of what is wanted, not of what was.
func TestXpubNextPage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	page, in := bindPort(t, f, core.XPUB, ep)
	xsub := StartPeer(t, "XSUB", ep)
	for _, m := range []string{"\x01a", "\x01b"} {
		xsub.Tell([]string{m})
		WantWords(t, in.Next(t), m)
	}
	page.Release()
	xsub.Tell([]string{"\x00a"})
	xsub.Tell([]string{"\x01c"})
	xsub.Tell([]string{"\x01d"})
	xsub.Tell([]string{"\x00d"})
	xsub.Tell([]string{"\x01e"})
	Eventually(t, "all is noted", func() bool { return page.IsWanted("e") })
	next, in := bindPort(t, f, core.XPUB, ep)
	heard := []string{string(in.Next(t)[0]), string(in.Next(t)[0]), string(in.Next(t)[0])}
	slices.Sort(heard)
	if want := []string{"\x01b", "\x01c", "\x01e"}; !slices.Equal(heard, want) {
		t.Errorf("the next page hears %q, want %q", heard, want)
	}
	send(t, next, "e", "1")
	WantMessage(t, xsub.HearMessage(), Text("e", "1"))
	if len(in.Messages) > 0 {
		t.Errorf("and then %q", <-in.Messages)
	}
}

// TestXpubSlowPage: no peer waits for a page without room, which later hears of what is different from what it knows.
func TestXpubSlowPage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	in := NewMailbox(1)
	page := newPort(t, f, core.XPUB, AnyPort, gateway.PortOptions{Receiver: in, Bind: true})
	p := DialPeer(t, page.Endpoint())
	p.Meet(1, "SUB")
	p.Say(Frame(0, []byte("\x01known")))
	WantWords(t, in.Next(t), "\x01known")
	for i := range 10_000 { // comes and goes
		p.Say(Frame(0, fmt.Append([]byte{1}, i)), Command("CANCEL", fmt.Append(nil, i)...))
	}
	p.Say(Command("SUBSCRIBE", []byte("a")...), Frame(0, []byte("\x00known")), Command("SUBSCRIBE", []byte("end")...))
	Eventually(t, "all is noted", func() bool { return page.IsWanted("end") })
	if inOrder, byPrefix := page.Untold(); inOrder != 3 || byPrefix != 3 {
		t.Errorf("%d changes of %d prefixes wait, want 3", inOrder, byPrefix)
	}
	if err := page.Send(Text("a", "1"), nil); err != nil {
		t.Fatal(err)
	}
	WantWords(t, p.Message(), "a", "1")
	in.Room.Store(2)
	page.Resume()
	WantWords(t, in.Next(t), "\x01a")
	WantWords(t, in.Next(t), "\x00known")
	in.Room.Store(Plenty)
	page.Resume()
	WantWords(t, in.Next(t), "\x01end")
	p.Close()
	heard := map[string]bool{string(in.Next(t)[0]): true, string(in.Next(t)[0]): true}
	if !heard["\x00a"] || !heard["\x00end"] {
		t.Errorf("at the end the page hears %v", heard)
	}
}

// TestXsubListens: every publisher that connects is asked for what the pages want, and what they send is merged.
func TestXsubListens(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	fx, fxIn := bindPort(t, f, core.XSUB, ep)
	send(t, fx, "\x01fx.") // as a message, with nobody there
	one := StartPeer(t, "XPUB", ep)
	if got := one.Hear(); got[0] != "\x01fx." {
		t.Fatalf("the publisher hears %q", got)
	}
	two := StartPeer(t, "PUB", ep)
	second, secondIn := bindPort(t, f, core.XSUB, ep)
	Eventually(t, "both are there", func() bool { return f.Stats().PeersUp == 2 })
	subscribe(t, second, "time")
	subscribe(t, fx, "fx.")
	one.Tell([]string{"fx.EURUSD", "1.1"})
	WantWords(t, fxIn.Next(t), "fx.EURUSD", "1.1")
	two.Tell([]string{"fx.GBPUSD", "1.3"})
	WantWords(t, fxIn.Next(t), "fx.GBPUSD", "1.3")
	two.Tell([]string{"time", "12:00"})
	WantWords(t, secondIn.Next(t), "time", "12:00")

	// Subscribed twice, so unsubscribed twice.
	if got := one.Hear(); got[0] != "\x01time" {
		t.Fatalf("the publisher hears %q", got)
	}
	send(t, fx, "\x00fx.")
	send(t, fx, "a word to all")
	if got := one.Hear(); got[0] != "a word to all" {
		t.Fatalf("the publisher hears %q", got)
	}
	send(t, fx, "\x00fx.")
	if got := one.Hear(); got[0] != "\x00fx." {
		t.Fatalf("the publisher hears %q", got)
	}
	if len(fxIn.Messages)+len(secondIn.Messages) > 0 {
		t.Error("a page got what it has not subscribed to")
	}
}
