package gateway

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestExclusiveSockets belong to one page at a time, and to the next one when it has gone.
func TestExclusiveSockets(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.ROUTER, core.XPUB, core.PAIR} {
		f := newTestFactory(t, quick())
		ep := unusedEndpoint(t)
		first, _ := bindPort(t, f, typ, ep)
		_, err := f.Port(typ, ep, PortOptions{Receiver: newMailbox(plenty), Bind: true})
		wantCode(t, err, core.Conflict)
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
	ep := unusedEndpoint(t)
	page, in := bindPort(t, f, core.ROUTER, ep)
	dealer := startPeer(t, "DEALER", ep, "--identity", "worker")
	req := startPeer(t, "REQ", ep)
	for i := range 4 {
		req.tell([]string{fmt.Sprint("question ", i)})
		got := in.next(t)
		wantWords(t, got[1:], "", fmt.Sprint("question ", i))
		send(t, page, string(got[0]), "", "answer")
		wantMessage(t, req.hearMessage(), text("answer"))
		dealer.tell([]string{"hello", fmt.Sprint(i)})
		wantWords(t, in.next(t), "worker", "hello", fmt.Sprint(i))
	}

	// What comes while nobody is there waits for the next page.
	page.Release()
	req.tell([]string{"anybody?"})
	next, in := bindPort(t, f, core.ROUTER, ep)
	got := in.next(t)
	wantWords(t, got[1:], "", "anybody?")
	send(t, next, string(got[0]), "", "yes")
	wantMessage(t, req.hearMessage(), text("yes"))
	send(t, next, "worker", "still there?")
	wantMessage(t, dealer.hearMessage(), text("still there?"))
	if n := f.Stats().Accepts; n != 2 {
		t.Errorf("%d connections, want 2: nobody had a reason to come again", n)
	}
}

// TestXpubListens: backends' SUBs and XSUBs connect, and the page hears what they want.
func TestXpubListens(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	page, in := bindPort(t, f, core.XPUB, anyPort)
	sub := startPeer(t, "SUB", page.Endpoint(), "fx.")
	wantWords(t, in.next(t), "\x01fx.")
	xsub := startPeer(t, "XSUB", page.Endpoint())
	xsub.tell([]string{"\x01fx."}) // its first is not the first there is
	xsub.tell([]string{"\x01time"})
	wantWords(t, in.next(t), "\x01time")
	xsub.tell([]string{"hello"})
	wantWords(t, in.next(t), "hello")
	xsub.tell([]string{"\x00fx."})
	xsub.tell([]string{"and so on"})
	wantWords(t, in.next(t), "and so on")

	send(t, page, "nothing", "anybody wants")
	send(t, page, "fx.EURUSD", "", "1.1")
	wantMessage(t, sub.hearMessage(), text("fx.EURUSD", "", "1.1"))
	send(t, page, "time", "12:00")
	wantMessage(t, xsub.hearMessage(), text("time", "12:00"))

	xsub.tell([]string{"\x00time"})
	wantWords(t, in.next(t), "\x00time")
	sub.kill() // the last who wanted it
	wantWords(t, in.next(t), "\x00fx.")
}

// TestXpubNextPage is told of what is wanted, not of what was.
func TestXpubNextPage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := unusedEndpoint(t)
	page, in := bindPort(t, f, core.XPUB, ep)
	xsub := startPeer(t, "XSUB", ep)
	for _, m := range []string{"\x01a", "\x01b"} {
		xsub.tell([]string{m})
		wantWords(t, in.next(t), m)
	}
	page.Release()
	audience := page.socket.pattern.(*publisher)
	xsub.tell([]string{"\x00a"})
	xsub.tell([]string{"\x01c"})
	xsub.tell([]string{"\x01d"})
	xsub.tell([]string{"\x00d"})
	xsub.tell([]string{"\x01e"})
	eventually(t, "all is noted", func() bool { return wants(audience, "e") })
	next, in := bindPort(t, f, core.XPUB, ep)
	heard := []string{string(in.next(t)[0]), string(in.next(t)[0]), string(in.next(t)[0])}
	slices.Sort(heard)
	if want := []string{"\x01b", "\x01c", "\x01e"}; !slices.Equal(heard, want) {
		t.Errorf("the next page hears %q, want %q", heard, want)
	}
	send(t, next, "e", "1")
	wantMessage(t, xsub.hearMessage(), text("e", "1"))
	if len(in.messages) > 0 {
		t.Errorf("and then %q", <-in.messages)
	}
}

// wants tells whether anybody has subscribed to this very prefix.
func wants(g *publisher, prefix string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for a := range g.peers {
		if a.members[prefix] != nil {
			return true
		}
	}
	return false
}

// TestXpubSlowPage: no peer waits for a page without room, which later hears of what is different from what it knows.
func TestXpubSlowPage(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	in := newMailbox(1)
	page := newPort(t, f, core.XPUB, anyPort, PortOptions{Receiver: in, Bind: true})
	audience := page.socket.pattern.(*publisher)
	p := dialFake(t, page.Endpoint())
	p.meet(1, "SUB")
	p.say(frame(0, []byte("\x01known")))
	wantWords(t, in.next(t), "\x01known")
	for i := range 10_000 { // comes and goes
		p.say(frame(0, fmt.Append([]byte{subscribeByte}, i)), command(cmdCancel, fmt.Append(nil, i)...))
	}
	p.say(command(cmdSubscribe, []byte("a")...), frame(0, []byte("\x00known")), command(cmdSubscribe, []byte("end")...))
	eventually(t, "all is noted", func() bool { return wants(audience, "end") })
	audience.herald.mu.Lock()
	if n := audience.herald.order.Len(); n != 3 || n != len(audience.herald.pending) {
		t.Errorf("%d changes wait, want 3", n)
	}
	audience.herald.mu.Unlock()
	if err := page.Send(text("a", "1"), nil); err != nil {
		t.Fatal(err)
	}
	wantWords(t, p.message(), "a", "1")
	in.room.Store(2)
	page.Resume()
	wantWords(t, in.next(t), "\x01a")
	wantWords(t, in.next(t), "\x00known")
	in.room.Store(plenty)
	page.Resume()
	wantWords(t, in.next(t), "\x01end")
	p.Close()
	heard := map[string]bool{string(in.next(t)[0]): true, string(in.next(t)[0]): true}
	if !heard["\x00a"] || !heard["\x00end"] {
		t.Errorf("at the end the page hears %v", heard)
	}
}

// TestXsubListens: every publisher that connects is asked for what the pages want, and what they send is merged.
func TestXsubListens(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := unusedEndpoint(t)
	fx, fxIn := bindPort(t, f, core.XSUB, ep)
	send(t, fx, "\x01fx.") // as a message, with nobody there
	one := startPeer(t, "XPUB", ep)
	if got := one.hear(); got[0] != "\x01fx." {
		t.Fatalf("the publisher hears %q", got)
	}
	two := startPeer(t, "PUB", ep)
	second, secondIn := bindPort(t, f, core.XSUB, ep)
	eventually(t, "both are there", func() bool { return f.Stats().PeersUp == 2 })
	subscribePort(t, second, "time")
	subscribePort(t, fx, "fx.")
	one.tell([]string{"fx.EURUSD", "1.1"})
	wantWords(t, fxIn.next(t), "fx.EURUSD", "1.1")
	two.tell([]string{"fx.GBPUSD", "1.3"})
	wantWords(t, fxIn.next(t), "fx.GBPUSD", "1.3")
	two.tell([]string{"time", "12:00"})
	wantWords(t, secondIn.next(t), "time", "12:00")

	// Subscribed twice, so unsubscribed twice.
	if got := one.hear(); got[0] != "\x01time" {
		t.Fatalf("the publisher hears %q", got)
	}
	send(t, fx, "\x00fx.")
	send(t, fx, "a word to all")
	if got := one.hear(); got[0] != "a word to all" {
		t.Fatalf("the publisher hears %q", got)
	}
	send(t, fx, "\x00fx.")
	if got := one.hear(); got[0] != "\x00fx." {
		t.Fatalf("the publisher hears %q", got)
	}
	if len(fxIn.messages)+len(secondIn.messages) > 0 {
		t.Error("a page got what it has not subscribed to")
	}
}
