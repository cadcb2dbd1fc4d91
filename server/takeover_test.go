package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// exclusive are the types of which one page has what another wants: a name, or an address.
var exclusive = []core.SocketType{core.REP, core.ROUTER, core.XPUB, core.PAIR}

// take opens what only one page can have.
func (p *page) take(typ core.SocketType, address string) uint32 {
	if typ == core.REP {
		return p.open(typ, address, "")
	}
	return p.bind(typ, address)
}

// member is a user as an application has it: the claims are of its present token.
type member struct {
	issuer, name string
	claims       int64
}

// byHeader tells users apart by a header that says who they are, and gives each other claims every time.
func byHeader(cfg Config) Config {
	logins := int64(0)
	cfg.Authenticate = func(_ context.Context, r *http.Request, _ []byte) (any, error) {
		logins++
		return member{r.Header.Get("Issuer"), r.Header.Get("User"), logins}, nil
	}
	cfg.SameUser = func(owner, user any) bool {
		a, b := owner.(member), user.(member)
		return a.issuer == b.issuer && a.name == b.name
	}
	return allowAll(cfg)
}

func as(issuer, user string) http.Header { return http.Header{"Issuer": {issuer}, "User": {user}} }

// TestPlaceOfAUserWhoIsAway: it is kept for as long as the session is. Nobody but the user may take over, who does so at once,
// before all who wait.
func TestPlaceOfAUserWhoIsAway(t *testing.T) {
	t.Parallel()
	for _, typ := range exclusive {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			b, url := startBridge(t, byHeader(Config{Heartbeat: 300 * time.Millisecond}))
			address, _ := bindAddress(t)
			owner := dial(t, url, as("google", "anna"))
			owner.take(typ, address)
			owner.awaitKind(client.EventOpened)
			owner.cut()
			waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
			for _, who := range []http.Header{as("google", "mallory"), as("other", "anna")} {
				thief := dial(t, url, who)
				thief.take(typ, address)
				if got := thief.awaitKind(client.EventRefused); got.Code != core.Conflict {
					t.Errorf("%v is refused with %v", who, got.Code)
				}
			}
			owner.redial(url, as("google", "anna"))
			owner.awaitKind(client.EventResumed)
			owner.cut()
			waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
			thief := dial(t, url, as("google", "mallory"))
			thief.take(typ, address)
			thief.awaitKind(client.EventDown)
			heir := dial(t, url, as("google", "anna"))
			heir.take(typ, address)
			if got := heir.await("an answer", isAnswer); got.Kind != client.EventOpened {
				t.Errorf("the user's own next socket: %+v", got)
			}
			owner.redial(url, as("google", "anna"))
			if got := owner.awaitKind(client.EventReset); got.Code != core.Lost {
				t.Errorf("who comes back in spite of it is told %v", got.Code)
			}
		})
	}
}

// TestUserWhoWaits has the place as soon as the user's own client that has it is away, before a stranger who came first.
func TestUserWhoWaits(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, byHeader(Config{Heartbeat: time.Minute}))
	address, _ := bindAddress(t)
	owner := dial(t, url, as("google", "anna"))
	owner.take(core.ROUTER, address)
	owner.awaitKind(client.EventOpened)
	stranger := dial(t, url, as("google", "mallory"))
	stranger.take(core.ROUTER, address)
	stranger.awaitKind(client.EventDown)
	heir := dial(t, url, as("google", "anna"))
	heir.take(core.ROUTER, address)
	heir.awaitKind(client.EventDown)
	if got := b.Stats().Claims; got != 2 {
		t.Errorf("%d wait", got)
	}
	owner.cut()
	heir.awaitKind(client.EventOpened)
	heir.conn.Close(core.CloseNormal, "")
	stranger.awaitKind(client.EventOpened)
	if got := b.Stats().Claims; got != 0 {
		t.Errorf("%d wait in the end", got)
	}
}

// isAnswer tells whether an event is about whether an endpoint is open.
func isAnswer(e event) bool {
	return e.Kind == client.EventOpened || e.Kind == client.EventDown || e.Kind == client.EventRefused
}

// TestPlaceOfNobodyInParticular: where there are no users it is kept for two heartbeats, in which its owner can come back. Who
// has asked by then has it afterwards, although the session could be resumed for longer.
func TestPlaceOfNobodyInParticular(t *testing.T) {
	t.Parallel()
	for _, typ := range exclusive {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			const heartbeat = 500 * time.Millisecond
			b, url := startBridge(t, allowAll(Config{Heartbeat: heartbeat}))
			address, _ := bindAddress(t)
			owner := dial(t, url, nil)
			owner.take(typ, address)
			owner.awaitKind(client.EventOpened)
			owner.cut()
			waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
			heir := dial(t, url, nil)
			heir.take(typ, address)
			if got := heir.await("an answer", isAnswer); got.Code != core.Conflict {
				t.Errorf("at first: %+v", got)
			}
			owner.redial(url, nil)
			owner.awaitKind(client.EventResumed)
			cut := time.Now()
			owner.cut()
			if got := heir.await("an answer", isAnswer); got.Kind != client.EventOpened {
				t.Errorf("in the end: %+v", got)
			}
			if kept := time.Since(cut); kept < 2*heartbeat {
				t.Errorf("it was kept for %v", kept)
			}
			owner.redial(url, nil)
			owner.awaitKind(client.EventReset)
		})
	}
}

// TestWhoComesBackBehindOneWhoDoesNot: when a place is free and all who wait for it are away, the first has it. If that one stays
// away, the next who is there again has it in the end.
func TestWhoComesBackBehindOneWhoDoesNot(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{Heartbeat: 500 * time.Millisecond}))
	address, _ := bindAddress(t)
	owner := dial(t, url, nil)
	owner.take(core.ROUTER, address)
	owner.awaitKind(client.EventOpened)
	first, second := dial(t, url, nil), dial(t, url, nil)
	for _, p := range []*page{first, second} {
		p.take(core.ROUTER, address)
		p.awaitKind(client.EventDown)
	}
	first.cut()
	second.cut()
	waitFor(t, "the cuts to be noticed", func() bool { return b.Stats().Waiting == 2 })
	owner.conn.Close(core.CloseNormal, "")
	waitFor(t, "the first to have the place", func() bool { return b.Stats().Claims == 1 })
	second.redial(url, nil)
	second.awaitKind(client.EventResumed)
	if got := second.await("an answer", isAnswer); got.Kind != client.EventOpened {
		t.Errorf("who is there is told %+v", got)
	}
}

// TestClaimsWaitInAQueue: whoever waits is woken when the place is free, first come, first served, and a client waits for a
// few places only.
func TestClaimsWaitInAQueue(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{Heartbeat: time.Minute}))
	address, _ := bindAddress(t)
	owner := dial(t, url, nil)
	socket := owner.bind(core.ROUTER, address)
	owner.awaitKind(client.EventOpened)

	greedy := dial(t, url, nil)
	for range 200 {
		greedy.bind(core.ROUTER, address)
	}
	for range 200 - 16 {
		if got := greedy.awaitKind(client.EventRefused); got.Code != core.Conflict {
			t.Fatalf("refused with %v", got.Code)
		}
	}
	if got := b.Stats(); got.Claims != 16 || got.ClaimsRefused != 200-16 {
		t.Errorf("%d wait, %d may not", got.Claims, got.ClaimsRefused)
	}
	next := dial(t, url, nil)
	next.bind(core.ROUTER, address)
	next.awaitKind(client.EventDown)
	greedy.conn.Close(core.CloseNormal, "")
	<-greedy.done
	owner.do(func(c *client.Client) { c.CloseSocket(socket) })
	next.awaitKind(client.EventOpened)
}

// TestNameAtARouter: a ROUTER answers only one of two peers with the same name, so the second page is told that there is one
// already. When the first has gone it has the name, over the same connection: to the ROUTER it is the same peer.
func TestNameAtARouter(t *testing.T) {
	t.Parallel()
	router := startPeer(t, "peer", 0, "--type", "ROUTER")
	b, url := startBridge(t, allowAll(Config{Heartbeat: time.Minute}))
	first := dial(t, url, nil)
	one := first.open(core.DEALER, router.address(), "")
	first.awaitKind(client.EventOpened)
	talk := func(p *page, socket uint32, text string) {
		t.Helper()
		p.send(socket, text)
		if got := router.hear(); !slices.Equal(got, []string{"the-page", text}) {
			t.Fatalf("the ROUTER hears %q", got)
		}
		router.tell("the-page", "answer to "+text)
		p.hear("answer to " + text)
	}
	talk(first, one, "a")

	second := dial(t, url, nil)
	other := second.open(core.DEALER, router.address(), "")
	if got := second.awaitKind(client.EventDown); got.Code != core.Conflict {
		t.Errorf("the second page is told %v", got.Code)
	}
	talk(first, one, "b")
	first.conn.Close(core.CloseNormal, "") // as a page does that is reloaded
	<-first.done
	second.awaitKind(client.EventOpened)
	talk(second, other, "c")

	second.do(func(c *client.Client) { c.CloseSocket(other) })
	again := second.open(core.DEALER, router.address(), "")
	second.awaitKind(client.EventOpened)
	talk(second, again, "d")
	if got := b.Stats().Gateway.Dials; got != 1 {
		t.Errorf("%d connections to the ROUTER", got)
	}
}

// TestPairThatHasItsPeer: a PAIR talks to one other, and lets a second connection hear nothing, so the second page waits.
func TestPairThatHasItsPeer(t *testing.T) {
	t.Parallel()
	far := startPeer(t, "peer", 0, "--type", "PAIR")
	_, url := startBridge(t, allowAll(Config{}))
	first, second := dial(t, url, nil), dial(t, url, nil)
	one := first.open(core.PAIR, far.address(), "")
	first.awaitKind(client.EventOpened)
	second.open(core.PAIR, far.address(), "")
	if got := second.awaitKind(client.EventDown); got.Code != core.Conflict {
		t.Errorf("the second page is told %v: %s", got.Code, got.Text)
	}
	first.send(one, "hello")
	if got := far.hear(); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("the PAIR hears %q", got)
	}
	first.do(func(c *client.Client) { c.CloseSocket(one) })
	second.awaitKind(client.EventOpened)
}

// TestWhatIsForThePageBefore: what a ROUTER sent to a page that has gone is not given to the next page of this name, which is
// told that something is missing.
func TestWhatIsForThePageBefore(t *testing.T) {
	t.Parallel()
	router := startPeer(t, "peer", 0, "--type", "ROUTER")
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	first := p.open(core.DEALER, router.address(), "")
	p.awaitKind(client.EventOpened)
	p.send(first, "hello")
	router.hear()
	const window, more = 1000, 200 // the page consumes nothing
	for range window + more {
		router.tell("the-page", "for the first")
	}
	for range window {
		p.hear("for the first")
	}
	// The ROUTER takes its orders one by one: when it has told another page, it has sent all that is for this one.
	other := dial(t, url, nil)
	other.send(other.dealer("the-other", router.address()), "hello")
	router.hear()
	router.tell("the-other", "that was all")
	other.hear("that was all")

	p.do(func(c *client.Client) { c.CloseSocket(first) })
	second := p.open(core.DEALER, router.address(), "")
	gap := p.awaitMessageOrGap() // the gap may well be known before the endpoint is open
	if gap.Kind != client.EventGap || gap.Socket != second || gap.Code != core.Lost || gap.Missed != more {
		t.Fatalf("the next page is told %+v", gap)
	}
	p.send(second, "and now?")
	router.hear()
	router.tell("the-page", "for the second")
	if got := p.awaitMessageOrGap(); got.Kind != client.EventMessage || got.parts[0] != "for the second" {
		t.Errorf("it gets %+v", got)
	}
}

// dealer makes a DEALER of a name and connects it.
func (p *page) dealer(name, address string) uint32 {
	p.t.Helper()
	return p.subscribed(core.DEALER, name, client.SubscribeOptions{}, nil, func(c *client.Client, id uint32) error {
		_, err := c.Connect(id, address, nil)
		return err
	})
}

func (p *page) awaitMessageOrGap() event {
	p.t.Helper()
	return p.await("message or gap", func(e event) bool { return e.Kind == client.EventMessage || e.Kind == client.EventGap })
}

// TestHookSeesTheIdentity, so that it can decide who may bear which name.
func TestHookSeesTheIdentity(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Log: quiet, ZMQAllowed: func(_ context.Context, a Access) error {
		if a.Identity != "the-page" {
			return core.NewError(core.Denied, a.String())
		}
		return nil
	}}))
	p := dial(t, url, nil)
	for _, typ := range []core.SocketType{core.REP, core.DEALER} {
		address, _ := bindAddress(t)
		p.do(func(c *client.Client) {
			id, err := c.NewSocket(typ, []byte("alice"))
			if err == nil && typ == core.REP {
				_, err = c.Bind(id, address, nil)
			} else if err == nil {
				_, err = c.Connect(id, address, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		want := fmt.Sprintf(`%v %s as "alice"`, typ, address)
		if got := p.awaitKind(client.EventRefused); got.Code != core.Denied || string(got.Text) != want {
			t.Errorf("refused with %v: %s", got.Code, got.Text)
		}
		p.open(typ, address, "")
		if got := p.await("an answer", isAnswer); got.Code == core.Denied {
			t.Errorf("the name that is allowed: %s", got.Text)
		}
	}
}

// TestOldWebSocketIsTold: who presents the token of a session whose WebSocket is open ends that WebSocket, which hears why.
func TestOldWebSocketIsTold(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	for range 5 {
		welcome, old := hello(t, url, nil, "", nil)
		closed := make(chan error, 1)
		go func() {
			var err error
			for err == nil {
				_, err = old.Read(context.Background())
			}
			closed <- err
		}()
		again, _ := hello(t, url, nil, "", welcome.Name)
		if again.Flags&core.FlagResumed == 0 {
			t.Errorf("Welcome %+v", again)
		}
		if got := closeCode(<-closed); got != core.CloseGoingAway {
			t.Errorf("the old WebSocket is closed with %d", got)
		}
	}
}

// TestOldWebSocketThatIsDead does not hold up the one that replaces it.
func TestOldWebSocketThatIsDead(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	welcome, old := hello(t, url, nil, "", nil) // reads nothing, so it answers no close
	defer old.Drop()
	begun := time.Now()
	if again, _ := hello(t, url, nil, "", welcome.Name); again.Flags&core.FlagResumed == 0 {
		t.Errorf("Welcome %+v", again)
	}
	if took := time.Since(begun); took > patience/2 { // without more ado it would be the time of a hook
		t.Errorf("the new one waits for %v", took)
	}
}
