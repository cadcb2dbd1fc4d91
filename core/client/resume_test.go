package client_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestResume(t *testing.T) {
	k := lasting(t, client.Config{})
	req, sub := k.socket(core.REQ), k.socket(core.SUB)
	k.subscribe(sub, "a")
	k.request(req, "sent")
	k.pump()
	k.quiet()

	k.lose()
	k.wantEvents() // nothing has happened
	for _, f := range []core.Frame{
		{Kind: core.KindSubscribed, Socket: sub, ID: 1},
		{Kind: core.KindMessage, Socket: sub, Body: body("a", "1")},
		{Kind: core.KindReply, Socket: req, ID: 1, Body: body("meanwhile")},
	} {
		k.ok(k.session.Append(&f))
	}
	k.sleep(20 * time.Second)
	k.wantEvents()
	k.reconnect()
	k.wantFrames("Hello")
	k.wantEvents("resumed", "subscribed 2/1", "message 2 a|1", "reply 1/1 meanwhile")
	k.wantSettled()
}

// What is sent while there is no connection arrives after what was sent before, in order.
func TestSaidWhileCut(t *testing.T) {
	k := lasting(t, client.Config{WindowMessages: 2})
	req, sub, rep, old, push := k.socket(core.REQ), k.socket(core.SUB), k.socket(core.REP), k.socket(core.PUSH), k.socket(core.PUSH)
	k.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 7, Body: body("question")},
		core.Frame{Kind: core.KindRequest, Socket: rep, ID: 8, Body: body("another")},
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("x")},
		core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
	asked := k.request(req, "asked")
	k.pump()
	k.quiet()

	k.lose()
	k.client.Cancel(req, asked)
	second := k.socketWhileCut(core.SUB)
	k.subscribe(second, "b")
	k.endpoint(sub, "tcp://second:1")
	k.subscribe(sub, "a")
	k.ok(k.client.Unsubscribe(sub, 1))
	k.client.Consumed(sub, 1, 1)
	k.ok(k.client.Reply(rep, 1, message("answer")))
	k.client.Decline(rep, 2)
	k.client.CloseSocket(old)
	k.request(req, "queued")
	k.ok(k.client.Send(push, message("m1")))
	k.ok(k.client.Send(push, message("m2")))
	k.reconnect()
	k.wantFrames("Hello", "Cancel 1/1", "Open 6/1 SUB tcp://cut:1", `Subscribe 6/1 "b"`, "Open 2/2 SUB tcp://second:1",
		`Subscribe 2/1 "a"`, "Unsubscribe 2/1", "Credit 2 1/1", "Reply 3/7 answer", "Failed 3/8", "Close 4",
		"Request 1/2 30000ms queued", "Message 5 m1")
	k.wantEvents("resumed")
	k.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
	k.wantFrames("Message 5 m2")
}

func (k *keeper) socketWhileCut(t core.SocketType) uint32 {
	k.t.Helper()
	id := k.newSocket(t)
	k.endpoint(id, "tcp://cut:1")
	return id
}

// The same when the session is lost: what concerned that session is gone, and everything else is opened again.
func TestSaidWhileCutToASessionThatIsLost(t *testing.T) {
	k := lasting(t, client.Config{})
	req, sub, rep, old := k.socket(core.REQ), k.socket(core.SUB), k.socket(core.REP), k.socket(core.REQ)
	k.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 7, Body: body("question")},
		core.Frame{Kind: core.KindRequest, Socket: rep, ID: 8, Body: body("another")})
	k.request(req, "sent")
	_, err := k.client.Request(req, message("again"), client.RequestOptions{Idempotent: true}, k.now)
	k.ok(err)
	canceled := k.request(req, "canceled")
	k.pump()
	k.quiet()

	k.lose()
	k.client.Cancel(req, canceled)
	k.subscribe(sub, "a")
	k.ok(k.client.Reply(rep, 1, message("answer")))
	k.client.CloseSocket(old)
	k.request(req, "queued")
	k.refuse = core.Lost
	k.reconnect()
	k.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1", "Request 1/2 30000ms idempotent again", "Request 1/4 30000ms queued",
		"Open 2/1 SUB tcp://backend:2", `Subscribe 2/1 "a"`, "Open 3/1 REP tcp://backend:3")
	k.wantEvents("reset lost*", "failed 1/1 lost", "gap 2 lost", "ready")
	wantCode(t, k.client.Reply(rep, 2, message("late")), core.Lost)
	k.client.Decline(rep, 2)
	k.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 2, Body: body("once")})
	k.wantEvents("reply 1/2 once")
	k.wantFrames()
	k.wantSettled()
}

func TestNotResumable(t *testing.T) {
	for _, tt := range []struct {
		code core.Code
		want string
	}{{core.Lost, "reset lost*"}, {core.Denied, "reset denied*"}} {
		t.Run(tt.code.String(), func(t *testing.T) {
			k := lasting(t, client.Config{})
			k.socket(core.SUB)
			k.lose()
			k.refuse = tt.code
			k.reconnect()
			k.wantEvents(tt.want, "gap 1 lost", "ready")
			k.refuse = core.OK
			k.lose() // the new session can be resumed like the old one
			k.reconnect()
			k.wantEvents("resumed")
			k.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", "Hello")
		})
	}
	t.Run("the bridge keeps no sessions any more", func(t *testing.T) {
		k := lasting(t, client.Config{})
		k.lose()
		k.onHello = nil
		k.reconnect()
		k.wantEvents("reset lost", "ready")
	})
}

// Between Hello and the first frame of the client on the new WebSocket, both the old token and the new one have to hold.
func TestHandshakeLostOnTheWay(t *testing.T) {
	for _, tt := range []struct {
		name    string
		carry   int    // how many WebSocket messages arrive before the cut: Hello, Welcome, Ack
		present string // the token that the client presents after the cut
	}{
		{"Hello is lost", 0, "token 1"},
		{"Welcome is lost", 1, "token 1"},
		{"the first Ack is lost", 2, "token 2"},
		{"nothing is lost", 3, "token 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := lasting(t, client.Config{})
			req := k.socket(core.REQ)
			k.lose()
			k.request(req, "asked")
			k.ok(k.session.Append(&core.Frame{Kind: core.KindState, Socket: req, ID: 1, Code: core.OK}))
			k.dial(k.cfg)
			k.carry(tt.carry)
			k.lose()
			k.onHello = func(f *core.Frame) {
				if string(f.Name) != tt.present {
					t.Errorf("presents %q, want %q", f.Name, tt.present)
				}
				k.hello(f)
			}
			k.reconnect()
			k.wantSettled()
			k.frames = slices.DeleteFunc(k.frames, func(f string) bool { return f == "Hello" })
			k.events = slices.DeleteFunc(k.events, func(e string) bool { return e == "resumed" })
			k.wantFrames("Request 1/1 30000ms asked")
			k.wantEvents("up 1/1")
		})
	}
}

// carry delivers n WebSocket messages, from the two ends in turn.
func (k *keeper) carry(n int) {
	k.t.Helper()
	for i := range n {
		if i%2 == 0 {
			k.ok(k.bridge.Feed(k.client.Take(nil, k.now), k.now, k.receive))
		} else {
			k.ok(k.client.Feed(k.bridge.Take(nil, k.now), k.now))
		}
	}
}

// A conversation may be cut after any of its WebSocket messages, with that message lost or delivered. Both ends have to
// receive the same in the end.
func TestCutAnywhere(t *testing.T) {
	want, messages := conversation(t, -1, false)
	if messages < 10 {
		t.Fatalf("a conversation of %d messages", messages)
	}
	for at := range messages {
		for _, delivered := range []bool{false, true} {
			if got, _ := conversation(t, at, delivered); !slices.Equal(got, want) {
				t.Errorf("cut at message %d (delivered: %v):\n%s\nwant:\n%s", at, delivered, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// conversation lets the two ends exchange frames, and returns what each of them received. The WebSocket is cut at the
// message with the number cutAt, and delivered tells whether that message still arrives.
func conversation(t *testing.T, cutAt int, delivered bool) (heard []string, messages int) {
	k := lasting(t, client.Config{WindowMessages: 3})
	k.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindRequest {
			k.ok(k.session.Append(&core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Body: f.Body}))
		}
	}
	k.onEvent = func(e *client.Event) {
		if e.Kind == client.EventMessage {
			k.client.Consumed(e.Socket, 1, 1)
		}
	}
	step := func(take func() []byte, feed func([]byte) error) bool {
		batch := take()
		if len(batch) == 0 {
			return false
		}
		cut := messages == cutAt
		messages++
		if !cut || delivered {
			k.ok(feed(batch))
		}
		if cut {
			k.lose()
			k.dial(k.cfg)
		}
		return true
	}
	settle := func() {
		for busy := true; busy; {
			busy = step(func() []byte { return k.client.Take(nil, k.now) }, func(b []byte) error { return k.bridge.Feed(b, k.now, k.receive) })
			busy = step(func() []byte { return k.bridge.Take(nil, k.now) }, func(b []byte) error { return k.client.Feed(b, k.now) }) || busy
		}
	}
	req, sub := k.newSocket(core.REQ), k.newSocket(core.SUB)
	k.endpoint(req, "tcp://backend:1")
	k.request(req, "one")
	settle()
	k.endpoint(sub, "tcp://backend:2")
	k.subscribe(sub, "")
	settle()
	for _, text := range []string{"a", "b", "c", "d"} {
		k.ok(k.session.Append(&core.Frame{Kind: core.KindMessage, Socket: sub, Body: body(text)}))
		k.request(req, text)
		settle()
	}
	k.client.CloseSocket(sub)
	settle()
	k.onEvent, k.onFrame = nil, nil
	k.wantSettled()
	for _, line := range append(k.frames, k.events...) {
		if line != "Hello" && line != "resumed" {
			heard = append(heard, line)
		}
	}
	return heard, messages
}

// The client gives up a session after the time for which the bridge keeps it, counted from when the client learned of the
// cut.
func TestRetentionExpires(t *testing.T) {
	k := lastingFor(t, client.Config{}, 10*time.Second)
	sub, req := k.socket(core.SUB), k.socket(core.REQ)
	k.request(req, "sent")
	k.pump()
	k.quiet()
	k.lose()
	k.sleep(9 * time.Second)
	k.wantEvents()
	k.sleep(time.Second)
	k.wantEvents("reset lost", "failed 2/1 lost")
	k.subscribe(sub, "a")
	k.reconnect()
	k.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", `Subscribe 1/1 "a"`, "Open 2/1 REQ tcp://backend:2")
	k.wantEvents("gap 1 lost", "ready") // one reset is enough
}

// The time for which a session is kept begins with the cut, also if the session was idle for as long as that before.
func TestRetentionBeginsWithTheCut(t *testing.T) {
	k := lastingFor(t, client.Config{}, 10*time.Second)
	k.now += 12 * time.Second // this is less than a heartbeat, so nothing was sent
	k.lose()
	k.sleep(5 * time.Second)
	k.wantEvents()
	k.reconnect()
	k.wantEvents("resumed")
}

func TestExpiryWhileConnecting(t *testing.T) {
	k := lastingFor(t, client.Config{}, 10*time.Second)
	req := k.socket(core.REQ)
	k.request(req, "sent")
	k.pump()
	k.quiet()
	k.lose()
	k.sleep(9 * time.Second)
	k.dial(k.cfg) // the bridge does not answer
	hello := k.client.Take(nil, k.now)
	k.onEvent = func(*client.Event) { // whoever is told may ask anything
		k.client.HasBatch()
		k.client.Next()
		k.client.Take(nil, k.now)
		k.client.Queued()
	}
	k.now += time.Second
	err := k.client.Tick(k.now)
	wantClose(t, err, core.CloseTimeout)
	k.wantEvents("reset lost", "failed 1/1 lost")
	k.ok(k.bridge.Feed(hello, k.now, k.receive))
	k.ok(k.client.Feed(k.bridge.Take(nil, k.now), k.now)) // its answer comes before the WebSocket is closed
	k.client.Stop(err)
	k.reconnect()
	k.wantEvents("ready")
}
