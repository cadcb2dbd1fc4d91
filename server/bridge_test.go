package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// quiet is a log nobody reads.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func TestRequestReply(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, rep.address(), "")
	for name, parts := range map[string][]string{
		"one part":       {"hello"},
		"multipart":      {"a", "", "c"},
		"empty":          {""},
		"binary":         {"\x00\xff\xfe"},
		"unicode":        {"grüße 👋"},
		"1 MiB":          {strings.Repeat("x", 1<<20)},
		"8 MiB":          {strings.Repeat("y", 8<<20)},
		"255, 256 bytes": {strings.Repeat("a", 255), strings.Repeat("b", 256)},
	} {
		if got := p.request(req, parts...); !slices.Equal(got.parts, parts) {
			t.Errorf("%s: got %v %s, %d parts", name, got.Kind, got.Text, len(got.parts))
		}
	}
}

func TestRequestsOfManyPagesAreNotMixedUp(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{}))
	t.Run("pages", func(t *testing.T) {
		for n := range 10 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				p := dial(t, url, nil)
				req := p.open(core.REQ, rep.address(), "")
				asked := map[uint64]string{}
				for i := range 50 {
					text := fmt.Sprint("page ", n, " request ", i)
					asked[p.ask(req, 0, text)] = text
				}
				for range asked {
					got := p.awaitKind(client.EventReply)
					if got.parts[0] != asked[got.ID] {
						t.Errorf("got %q for %q", got.parts[0], asked[got.ID])
					}
				}
			})
		}
	})
}

func TestSubscribeGetsWhatMatches(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	sub := p.open(core.SUB, pub.address(), "", "fx.")
	p.awaitKind(client.EventOpened)
	p.awaitKind(client.EventSubscribed)
	pub.tell("time", "12:00")
	pub.tell("fx.EURUSD", "1.1")
	if got := p.awaitKind(client.EventMessage); !slices.Equal(got.parts, []string{"fx.EURUSD", "1.1"}) || got.Socket != sub {
		t.Errorf("got %q", got.parts)
	}
}

func TestMsgFilterIsASubstring(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.open(core.SUB, pub.address(), `{"msgfilter":"needle"}`, "")
	p.awaitKind(client.EventSubscribed)
	pub.tell("hay")
	pub.tell("hay needle hay")
	if got := p.awaitKind(client.EventMessage); got.parts[0] != "hay needle hay" {
		t.Errorf("got %q", got.parts)
	}
}

func TestBackendThatIsDownComesBack(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	port := freePort(t)
	req := p.open(core.REQ, fmt.Sprintf("tcp://127.0.0.1:%d", port), "")
	if got := p.request(req, "anybody?"); got.Code != core.Unavailable {
		t.Fatalf("with nobody there: %v %s", got.Code, got.Text)
	}
	rep := startPeer(t, "rep", port)
	p.awaitKind(client.EventOpened)
	if got := p.request(req, "now?"); got.Kind != client.EventReply {
		t.Fatalf("with somebody there: %v %s", got.Code, got.Text)
	}
	rep.kill()
	if got := p.awaitKind(client.EventDown); got.Code != core.Unavailable && got.Code != core.Lost {
		t.Errorf("down with code %v", got.Code)
	}
	startPeer(t, "rep", port)
	p.awaitKind(client.EventUp)
	if got := p.request(req, "again?"); got.Kind != client.EventReply {
		t.Errorf("after the restart: %v %s", got.Code, got.Text)
	}
}

func TestBackendThatNeverAnswers(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, held.address(), "")
	p.awaitKind(client.EventOpened)             // so that the time is the backend's
	id := p.ask(req, 300*time.Millisecond, "x") // the page's engine is never told the time: it is the bridge that gives up
	if got := held.hear(); got[0] != "x" {
		t.Fatalf("the backend heard %q", got)
	}
	if got := p.answer(id); got.Code != core.Timeout {
		t.Errorf("got %v", got.Code)
	}
}

func TestPageServesAsREP(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	port := freePort(t)
	rep := p.open(core.REP, fmt.Sprintf("tcp://127.0.0.1:%d", port), "")
	p.awaitKind(client.EventOpened)
	req := startPeer(t, "req", port)
	for _, question := range [][]string{{"to anybody"}, {"by name", "the-page"}} {
		req.tell(question...)
		asked := p.awaitKind(client.EventRequest)
		if !slices.Equal(asked.parts, question[:1]) {
			t.Fatalf("the page was asked %q", asked.parts)
		}
		p.do(func(c *client.Client) {
			if err := c.Reply(rep, asked.ID, core.Message{[]byte("answer to " + asked.parts[0])}); err != nil {
				t.Error(err)
			}
		})
		if got := req.hear(); got[0] != "answer to "+question[0] {
			t.Errorf("the backend got %q", got)
		}
	}
}

// TestIdentityInUse: it is given to the next one when its owner has gone, and to nobody as long as it has not.
func TestIdentityInUse(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Heartbeat: 400 * time.Millisecond}))
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	owner := dial(t, url, nil)
	owner.open(core.REP, address, "")
	owner.awaitKind(client.EventOpened)

	thief := dial(t, url, nil)
	thief.open(core.REP, address, "")
	if got := thief.awaitKind(client.EventDown); got.Code != core.Conflict {
		t.Errorf("at first: %v", got.Code)
	}
	if got := thief.awaitKind(client.EventRefused); got.Code != core.Conflict {
		t.Errorf("in the end: %v", got.Code)
	}

	heir := dial(t, url, nil)
	heir.open(core.REP, address, "")
	heir.awaitKind(client.EventDown)
	owner.conn.Drop()
	heir.awaitKind(client.EventOpened)
}

func TestHooks(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	onlyHugo := func(_ context.Context, a Access) error {
		if a.Param("username") != "hugo" {
			return core.NewError(core.Denied, "only hugo may")
		}
		return nil
	}
	anybody := func(*http.Request) error { return nil }
	tests := []struct {
		name   string
		cfg    Config
		params string
		want   core.Code
		text   string
	}{
		{"nil ZMQAllowed denies", Config{WebsocketAllowed: anybody}, "", core.Denied, "allows nothing"},
		{"denied with a reason", Config{WebsocketAllowed: anybody, ZMQAllowed: onlyHugo}, `{"username":"otto"}`, core.Denied, "only hugo may"},
		{"allowed", Config{WebsocketAllowed: anybody, ZMQAllowed: onlyHugo}, `{"username":"hugo"}`, core.OK, ""},
		{"parameters that are no object", Config{WebsocketAllowed: anybody, ZMQAllowed: onlyHugo}, `["hugo"]`, core.Invalid, "JSON object"},
		{"parameters that are null are none", Config{WebsocketAllowed: anybody, ZMQAllowed: onlyHugo}, `null`, core.Denied, "only hugo may"},
		{"a hook's own error stays inside", Config{WebsocketAllowed: anybody, ZMQAllowed: func(context.Context, Access) error {
			return fmt.Errorf("the password of the database is 1234")
		}}, "", core.Denied, "is not allowed"},
		{"a hook that panics denies", Config{WebsocketAllowed: anybody, ZMQAllowed: func(context.Context, Access) error {
			panic("bug")
		}}, "", core.Denied, "is not allowed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.Log = quiet
			_, url := startBridge(t, test.cfg)
			p := dial(t, url, nil)
			req := p.open(core.REQ, rep.address(), test.params)
			id := p.ask(req, 0, "hello")
			if test.want != core.OK {
				got := p.awaitKind(client.EventRefused)
				if got.Code != test.want || !strings.Contains(string(got.Text), test.text) {
					t.Errorf("refused with %v: %s", got.Code, got.Text)
				}
			}
			if got := p.answer(id); got.Code != test.want {
				t.Errorf("the request ended with %v: %s", got.Code, got.Text)
			}
		})
	}
}

func TestWebSocketsThatMayNotExist(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		cfg    Config
		origin string
		want   core.CloseCode
	}{
		{"nil WebsocketAllowed", Config{}, "", core.CloseDenied},
		{"denied by the hook", Config{WebsocketAllowed: func(*http.Request) error { return io.EOF }}, "", core.CloseDenied},
		{"not known", Config{WebsocketAllowed: func(*http.Request) error {
			return core.NewError(core.Unauthenticated, "log in first")
		}}, "", core.CloseUnauthorized},
		{"foreign origin", allowAll(Config{Origins: []string{"https://*.example.org"}}), "https://evil.example.com", core.CloseDenied},
		{"credentials refused", allowAll(Config{Authenticate: func(context.Context, *http.Request, []byte) (any, error) {
			return nil, io.EOF
		}}), "", core.CloseDenied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.Log = quiet
			_, url := startBridge(t, test.cfg)
			if got := dial(t, url, http.Header{"Origin": {test.origin}}).awaitClose(); got != test.want {
				t.Errorf("closed with %d, want %d", got, test.want)
			}
		})
	}
	_, url := startBridge(t, allowAll(Config{Origins: []string{"https://*.example.org"}}))
	for _, origin := range []string{"", "https://app.example.org", "http" + strings.TrimPrefix(url, "ws")} {
		dial(t, url, http.Header{"Origin": {origin}}).awaitKind(client.EventReady)
	}
}

func TestPlainHTTPIsTold(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	resp, err := http.Get("http" + strings.TrimPrefix(url, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("status %s", resp.Status)
	}
}

// TestBadFrames: each closes its own WebSocket, with its code, and touches nobody else.
func TestBadFrames(t *testing.T) {
	t.Parallel()
	frame := func(f core.Frame) []byte { return core.AppendFrame(nil, &f) }
	openREQ := frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	hello := frame(core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 20})
	held := startPeer(t, "held", 0)
	openHeld := frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte(held.address())})
	ask := frame(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{[]byte("x")}})
	tests := []struct {
		name string
		send [][]byte
		want core.CloseCode
	}{
		{"frame of length zero", [][]byte{{0}}, core.CloseMalformed},
		{"cut frame", [][]byte{{200, 1, 0x20}}, core.CloseMalformed},
		{"endless varint", [][]byte{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, core.CloseMalformed},
		{"second Hello", [][]byte{hello}, core.CloseState},
		{"a frame of the bridge", [][]byte{frame(core.Frame{Kind: core.KindOpened, Socket: 1, ID: 1})}, core.CloseState},
		{"request on nothing", [][]byte{frame(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{nil}})}, core.CloseState},
		{"unknown socket type", [][]byte{frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: 77})}, core.CloseState},
		{"socket opened with another type", [][]byte{openREQ, frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 2, Type: core.SUB})}, core.CloseState},
		{"endpoint number skipped", [][]byte{frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 2, Type: core.REQ})}, core.CloseState},
		{"request number used again", [][]byte{openHeld, ask, ask}, core.CloseState},
		{"subscription on a REQ", [][]byte{openREQ, frame(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})}, core.CloseState},
		{"message without parts", [][]byte{openREQ, frame(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1})}, core.CloseMalformed},
		{"credit overflow", [][]byte{openREQ, frame(core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1 << 60})}, core.CloseState},
		{"ack of nothing", [][]byte{frame(core.Frame{Kind: core.KindAck, Seq: 99})}, core.CloseState},
		{"WebSocket message over the limit", [][]byte{make([]byte, 20<<20)}, core.CloseTooLarge},
		{"field over its limit", [][]byte{frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Name: make([]byte, core.MaxName+1)})}, core.CloseTooLarge},
	}
	rep := startPeer(t, "rep", 0)
	b, url := startBridge(t, allowAll(Config{Log: quiet}))
	bystander := dial(t, url, nil)
	req := bystander.open(core.REQ, rep.address(), "")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := b.Stats().ProtocolErrors
			conn := dialMute(t, url)
			err := conn.Write(t.Context(), hello)
			for _, raw := range test.send {
				err = errors.Join(err, conn.Write(t.Context(), raw))
			}
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, err = conn.Read(t.Context())
			}
			if got := closeCode(err); got != test.want {
				t.Errorf("closed with %d, want %d (%v)", got, test.want, err)
			}
			if got := b.Stats().ProtocolErrors; got != before+1 {
				t.Errorf("%d protocol errors were counted", got-before)
			}
			if got := bystander.request(req, "still here?"); got.Kind != client.EventReply {
				t.Errorf("the bystander got %v %s", got.Code, got.Text)
			}
		})
	}
}

// TestAnnouncedTooMuch: a WebSocket message that announces an absurd length ends its connection at once, before Hello and
// after it.
func TestAnnouncedTooMuch(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	hello := core.AppendFrame(nil, &core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 20})
	greeting := append([]byte{0x82, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...)
	for name, before := range map[string][]byte{"before Hello": nil, "after Hello": greeting} {
		t.Run(name, func(t *testing.T) {
			tcp, answers := dialByHand(t, url)
			tcp.SetDeadline(time.Now().Add(patience))
			if _, err := tcp.Write(slices.Concat(before, []byte{0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(answers) // the end may be a reset
			if !bytes.Contains(rest, []byte{byte(core.CloseTooLarge >> 8), byte(core.CloseTooLarge & 255)}) {
				t.Errorf("the end is %q", rest)
			}
		})
	}
}

// dialByHand opens a WebSocket whose frames are written by hand.
func dialByHand(t *testing.T, url string) (net.Conn, io.Reader) {
	t.Helper()
	tcp, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	fmt.Fprint(tcp, "GET /data HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: zwb.v1\r\n\r\n")
	answers := bufio.NewReader(tcp)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal("no WebSocket:", err)
	}
	return tcp, answers
}

func TestPageThatDoesNotRead(t *testing.T) {
	t.Parallel()
	const total, hwm = 5000, 10
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{HWM: hwm}))
	p := dial(t, url, nil)
	sub := p.open(core.SUB, pub.address(), "", "")
	p.awaitKind(client.EventSubscribed)
	const window = 1000 // core's default
	for sent := 0; sent < total; sent += 500 {
		fmt.Fprintln(pub.stdin, 500) // within libzmq's own HWM
		waitFor(t, "the messages to arrive", func() bool {
			stats := b.Stats()
			return stats.Messages+stats.Dropped+hwm >= uint64(sent+500)
		})
	}
	for range window {
		p.awaitKind(client.EventMessage)
	}
	if got := b.Stats().Dropped; got != total-window-hwm {
		t.Errorf("%d dropped, want %d", got, total-window-hwm)
	}
	p.do(func(c *client.Client) { c.Consumed(sub, window, window*7) })
	for range hwm {
		p.awaitKind(client.EventMessage)
	}
	pub.tell("one more")
	if got := p.awaitKind(client.EventGap); got.Missed != total-window-hwm {
		t.Errorf("a gap of %d, want %d", got.Missed, total-window-hwm)
	}
	if got := p.awaitKind(client.EventMessage); got.parts[0] != "one more" {
		t.Errorf("got %q", got.parts)
	}
}

func TestSocketsAreOpenedInAnyOrder(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.awaitKind(client.EventReady)
	var first uint32
	p.do(func(c *client.Client) { first, _ = c.NewSocket(core.REQ, nil) })
	second := p.open(core.REQ, rep.address(), "")
	p.do(func(c *client.Client) {
		if _, err := c.Connect(first, rep.address(), nil); err != nil {
			t.Error(err)
		}
	})
	for _, req := range []uint32{first, second} {
		if got := p.request(req, "x"); got.Kind != client.EventReply {
			t.Errorf("socket %d: %v", req, got.Code)
		}
	}
}

func TestLimitOnSockets(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{MaxSockets: 2, Log: quiet}))
	p := dial(t, url, nil)
	for range 3 {
		p.open(core.REQ, "tcp://127.0.0.1:1", "")
	}
	if got := p.awaitClose(); got != core.CloseLimit {
		t.Errorf("closed with %d", got)
	}
}

func TestCloseSendsEverybodyAway(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.awaitKind(client.EventReady)
	b.Close()
	if got := p.awaitClose(); got != core.CloseGoingAway {
		t.Errorf("closed with %d", got)
	}
}

func TestSilentClientIsDropped(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{HelloTimeout: 50 * time.Millisecond}))
	p := dialMute(t, url)
	if _, err := p.Read(t.Context()); closeCode(err) != core.CloseTimeout {
		t.Errorf("no Hello: %v", err)
	}
	waitFor(t, "the connection to be forgotten", func() bool { return b.Stats().Connections == 0 })
}

// TestIdempotentRequestSurvivesARestart: it is sent again; one that is not fails with Lost.
func TestIdempotentRequestSurvivesARestart(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, held.address(), "")
	p.awaitKind(client.EventOpened)
	var id uint64
	p.do(func(c *client.Client) {
		var err error
		if id, err = c.Request(req, core.Message{[]byte("again and again")}, client.RequestOptions{Idempotent: true}, 0); err != nil {
			t.Error(err)
		}
	})
	held.hear()
	other := p.ask(req, 0, "once")                                                                           // waits behind the first one in the REP
	waitFor(t, "the other request to be written", func() bool { return b.Stats().Gateway.MessagesOut >= 2 }) // else it is Unavailable, not Lost
	held.kill()
	if got := p.answer(other); got.Code != core.Lost {
		t.Errorf("the other request: %v", got.Code)
	}
	startPeer(t, "rep", held.port)
	if got := p.answer(id); got.Kind != client.EventReply || got.parts[0] != "again and again" {
		t.Errorf("after the restart: %v %s", got.Code, got.Text)
	}
}
