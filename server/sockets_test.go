package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// typed is a config whose names have types.
func (n names) typed(types map[string]core.SocketType, bind ...string) Config {
	cfg := n.config(bind...)
	named := cfg.Named
	cfg.Named = func(name string) (Named, bool) {
		found, known := named(name)
		if t, is := types[name]; is {
			found.Types = []core.SocketType{t}
		}
		return found, known
	}
	return cfg
}

// startSockets serves the endpoints of a bridge over WebSockets of others, for the length of a test.
func startSockets(t *testing.T, cfg Config) (b *Bridge, url string) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = quiet
	}
	b = New(cfg)
	web := httptest.NewServer(b.Sockets())
	t.Cleanup(web.Close)
	t.Cleanup(b.Close)
	return b, web.URL
}

// stranger is a client that knows WebSockets and nothing else.
type stranger struct {
	t  *testing.T
	ws *websocket.Conn
}

// comeIn opens a WebSocket; headers are "Name: value", and subprotocols those that are offered.
func comeIn(t *testing.T, url string, subprotocols []string, headers ...string) (*stranger, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	options := &websocket.DialOptions{Subprotocols: subprotocols, HTTPHeader: http.Header{}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		options.HTTPHeader.Add(name, value)
		if name == "Host" {
			options.Host = value
		}
	}
	ws, resp, err := websocket.Dial(ctx, url, options)
	if err != nil {
		return nil, resp
	}
	ws.SetReadLimit(-1)
	t.Cleanup(func() { ws.CloseNow() })
	return &stranger{t, ws}, resp
}

func (s *stranger) say(text string) {
	s.t.Helper()
	if err := s.ws.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stranger) sayBytes(b string) {
	s.t.Helper()
	if err := s.ws.Write(s.t.Context(), websocket.MessageBinary, []byte(b)); err != nil {
		s.t.Fatal(err)
	}
}

// hears returns the next message, with its kind; or the close code and the reason.
func (s *stranger) hears() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	kind, b, err := s.ws.Read(ctx)
	if err != nil {
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			return fmt.Sprint(int(closed.Code), " ", closed.Reason)
		}
		s.t.Fatal(err)
	}
	if kind == websocket.MessageText {
		return "text " + string(b)
	}
	return "binary " + string(b)
}

func (s *stranger) wants(answers ...string) {
	s.t.Helper()
	for _, want := range answers {
		if got := s.hears(); got != want {
			s.t.Fatalf("got  %.300q\nwant %q", got, want)
		}
	}
}

func TestPlainRequests(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startSockets(t, names{"calc": {rep.address()}}.typed(map[string]core.SocketType{"calc": core.REQ}))
	s, _ := comeIn(t, url+"/ws/calc", nil)
	s.say("grüße")
	s.sayBytes("\x00\xff")
	s.say("")
	large := strings.Repeat("x", 3<<20)
	s.say(large)
	s.wants("text grüße", "binary \x00\xff", "text ", "text "+large)
	parts, _ := comeIn(t, url+"/ws/calc?parts=json", nil)
	for range 50 { // answers come in order, however many are asked for
		parts.say(`["a","",{"base64":"AP8="}]`)
		parts.say(`["b"]`)
	}
	for range 50 {
		parts.wants(`text ["a","",{"base64":"AP8="}]`, `text ["b"]`)
	}
	parts.say(`{"a":1}`)
	if got := parts.hears(); !strings.HasPrefix(got, "4500 invalid: ") {
		t.Errorf("what is no list of parts: %s", got)
	}
}

func TestPlainRequestsThatFail(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	_, url := startSockets(t, names{"slow": {held.address()}, "away": {fmt.Sprint("tcp://127.0.0.1:", freePort(t))}}.typed(map[string]core.SocketType{"slow": core.REQ}))
	for path, want := range map[string]string{
		"/ws/slow?timeout=50ms":            "4001 timeout: ",
		"/ws/away?type=req":                "4000 unavailable: ",
		"/ws/nobody?type=req":              "4511 denied: REQ nobody is not allowed here",
		"/ws/nobody":                       "4511 denied: nobody is not allowed here",
		"/ws/slow?timeout=50ms&parts=json": `text {"error":"timeout","text":`,
	} {
		s, resp := comeIn(t, url+path, nil)
		if s == nil {
			t.Errorf("%s: %v", path, resp)
			continue
		}
		if path != "/ws/nobody" {
			s.say(`["x"]`)
		}
		if got := s.hears(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// hearAll waits until a publisher that says it has heard of all of these.
func (p *peer) hearAll(subscriptions ...string) {
	p.t.Helper()
	for missing := len(subscriptions); missing > 0; {
		if got := p.hear(); slices.Contains(subscriptions, got[0]) {
			missing--
		}
	}
}

func TestPlainSubscriptions(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "peer", 0, "--type", "XPUB")
	b, url := startSockets(t, names{"feed": {pub.address()}}.config())
	s, _ := comeIn(t, url+"/ws/feed?topic=fx.&topic=eq.", nil)
	parts, _ := comeIn(t, url+"/ws/feed?topic=fx.&parts=json", nil)
	embedded, _ := comeIn(t, url+"/ws/feed?topic=fx.&parts=json&as=json", nil)
	binary, _ := comeIn(t, url+"/ws/feed?topic=fx.&as=binary", nil)
	waitFor(t, "the subscriptions", func() bool { return b.Stats().Subscriptions == 5 })
	pub.hearAll("\x01fx.", "\x01eq.")
	pub.tell("time", "12:00")
	pub.tell("fx.EURUSD", "1.1")
	pub.tell("eq.SAP", "7")
	s.wants("text 1.1", "text 7")
	parts.wants(`text ["fx.EURUSD","1.1"]`)
	embedded.wants(`text ["fx.EURUSD",1.1]`)
	binary.wants("binary 1.1")
	s.say("x")
	if got := s.hears(); got != "4503 unsupported: a SUB socket only receives" {
		t.Errorf("who speaks where only listening is: %s", got)
	}
}

// TestPlainSenders: what somebody sends who goes at once arrives, though the endpoint was not even open.
func TestPlainSenders(t *testing.T) {
	t.Parallel()
	pull := startPeer(t, "peer", 0, "--type", "PULL")
	_, url := startSockets(t, names{"jobs": {pull.address()}}.typed(map[string]core.SocketType{"jobs": core.PUSH}))
	const many = 3000
	go func() {
		s, _ := comeIn(t, url+"/ws/jobs", nil)
		for n := range many {
			s.say(fmt.Sprint(n))
		}
		s.ws.Close(websocket.StatusNormalClosure, "")
	}()
	for n := range many {
		if got := pull.hear(); got[0] != fmt.Sprint(n) {
			t.Fatalf("got %q, want %d", got, n)
		}
	}
}

func TestPlainPairs(t *testing.T) {
	t.Parallel()
	pair := startPeer(t, "peer", 0, "--type", "PAIR")
	_, url := startSockets(t, names{"pair": {pair.address()}}.typed(map[string]core.SocketType{"pair": core.PAIR}))
	s, _ := comeIn(t, url+"/ws/pair", nil)
	s.say("there")
	if got := pair.hear(); got[0] != "there" {
		t.Fatalf("got %q", got)
	}
	pair.write([]string{"a", "back"})
	s.wants("text back")
}

func TestPlainHandshakes(t *testing.T) {
	t.Parallel()
	_, url := startSockets(t, names{"feed": {"tcp://127.0.0.1:1"}}.typed(map[string]core.SocketType{"feed": core.SUB}))
	for name, test := range map[string]struct {
		path, code string
		status     int
		headers    []string
	}{
		"no name":               {"/ws/", "invalid", 400, nil},
		"an address":            {"/ws/tcp:%2F%2F127.0.0.1:1", "invalid", 400, nil},
		"two segments":          {"/ws/feed/x", "invalid", 400, nil},
		"a misspelt parameter":  {"/ws/feed?topics=x", "invalid", 400, nil},
		"a type that is none":   {"/ws/feed?type=ROUTER", "invalid", 400, nil},
		"as that is none":       {"/ws/feed?as=json", "invalid", 400, nil},
		"a page of another":     {"/ws/feed", "denied", 403, []string{"Origin: https://evil.example"}},
		"a browser's other":     {"/ws/feed", "denied", 403, []string{"Sec-Fetch-Site: cross-site"}},
		"more than headers may": {"/ws/feed", "too_large", 413, []string{"X: " + strings.Repeat("x", 40<<10)}},
	} {
		s, resp := comeIn(t, url+test.path, nil, test.headers...)
		if s != nil || resp == nil || resp.StatusCode != test.status || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v", name, resp)
		}
	}
	if got := askHTTP(t, "GET", url+"/ws/feed", ""); got.status != 400 || got.code() != "invalid" || got.header.Get("Upgrade") != "websocket" {
		t.Errorf("a request that is no handshake: %d %s", got.status, got.body)
	}
}

// TestPlainSlowReader: what waits for it is bounded, and what was dropped is told at its place.
func TestPlainSlowReader(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "peer", 0, "--type", "PUB")
	cfg := names{"feed": {pub.address()}}.config()
	cfg.HWM = 100
	b, url := startSockets(t, cfg)
	slow, _ := comeIn(t, url+"/ws/feed?parts=json&overflow=drop-oldest", nil)
	waitFor(t, "the subscription", func() bool { return b.Stats().Subscriptions == 1 })
	brisk, _ := comeIn(t, url+"/ws/feed?topic=last", nil)
	waitFor(t, "the subscriptions", func() bool { return b.Stats().Subscriptions == 2 })
	large := strings.Repeat("x", 64<<10)
	for range 900 {
		pub.write([]string{large})
	}
	pub.write([]string{"last"})
	brisk.wants("text last")
	waitFor(t, "messages are dropped", func() bool { return b.Stats().DroppedBy["drop-oldest"] > 0 })
	if held := b.Stats().MemoryHeld; held > 32<<20 {
		t.Errorf("%d bytes are held", held)
	}
	gap := false
	for got := ""; got != `text ["last"]`; {
		got = slow.hears()
		gap = gap || strings.HasPrefix(got, `text {"gap":`)
	}
	if !gap {
		t.Error("nothing was said of what was dropped")
	}
}

// TestPlainClientThatIsNotThere: it answers no Ping, so it is gone.
func TestPlainClientThatIsNotThere(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	cfg.Heartbeat = 100 * time.Millisecond
	b, url := startSockets(t, cfg)
	comeIn(t, url+"/ws/feed", nil) // who does not read does not answer either
	there, _ := comeIn(t, url+"/ws/feed", nil)
	waitFor(t, "both", func() bool { return b.Stats().Subscriptions == 2 })
	go there.ws.Read(context.Background()) // ends with the WebSocket
	waitFor(t, "the one that does not answer to go", func() bool { return b.Stats().Connections == 1 })
	if b.Stats().Subscriptions != 1 {
		t.Error("the other one went, too")
	}
}

// TestSocketsAreAskedToLeave: the bridge that shuts down ends them, and says so.
func TestSocketsAreAskedToLeave(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startSockets(t, names{"feed": {pub.address()}}.config())
	s, _ := comeIn(t, url+"/ws/feed", nil)
	peer, _ := comeIn(t, url+"/zws/feed", []string{"ZWS2.0"})
	peer.saysBytes("\x00", "\x00\x01")
	waitFor(t, "the subscriptions", func() bool { return b.Stats().Subscriptions == 2 })
	drained := make(chan error, 1)
	go func() { drained <- b.Drain(t.Context(), 50*time.Millisecond) }()
	s.wants("4000 the bridge is shutting down")
	peer.wants("binary \x00", "4000 the bridge is shutting down")
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if late, resp := comeIn(t, url+"/ws/feed", nil); late != nil {
		late.wants("4000 the bridge is shutting down")
	} else if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("who comes then: %v", resp)
	}
}

// TestUnfinishedMessagesOfZWS: what there is of a message is on the account of its session for as long as nothing more comes.
func TestUnfinishedMessagesOfZWS(t *testing.T) {
	t.Parallel()
	pull := startPeer(t, "peer", 0, "--type", "PULL", "--brief")
	cfg := names{"jobs": {pull.address()}}.typed(map[string]core.SocketType{"jobs": core.PUSH})
	cfg.Heartbeat = 500 * time.Millisecond // whoever is silent for two of them is gone, and a busy machine takes its time for 3 MiB
	b, url := startSockets(t, cfg)
	s, _ := comeIn(t, url+"/zws/jobs", []string{"ZWS2.0"})
	s.saysBytes("\x00")
	s.wants("binary \x00")
	const size = 3 << 20 // nothing else here is nearly as large: what the greeting holds goes at some time or other
	s.saysBytes("\x01first", "\x01"+strings.Repeat("x", size))
	isHeld := func() bool { return b.Stats().MemoryHeld >= size }
	waitFor(t, "the part to be accounted for", isHeld)
	for end := time.Now().Add(3 * cfg.Heartbeat); time.Now().Before(end); {
		waitFor(t, "the part to be accounted for still", isHeld)
	}
	s.saysBytes("\x00y")
	if got := pull.hear(); got[0] != "first" {
		t.Errorf("%q", got)
	}
	waitFor(t, "nothing of it to be held", func() bool { return !isHeld() })
}
