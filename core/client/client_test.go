package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestQueuedBeforeReadyGoesOutInOrder(t *testing.T) {
	w := newWorld(t, client.Config{})
	req := w.newSocket(core.REQ)
	sub := w.newSocket(core.SUB)
	w.endpoint(sub, "tcp://prices:1")
	w.subscribe(sub, "fx.")
	w.request(req, "before there is an endpoint")
	w.endpoint(req, "tcp://backend:1")
	w.request(req, "a", "", "b")
	w.endpoint(req, "tcp://backend:2")
	if w.client.Ready() || w.client.Queued() != 0 || w.client.Take(nil, w.now) != nil || w.client.Feed([]byte{0}, w.now) != nil {
		t.Error("there is something to do without a WebSocket")
	}

	w.dial(core.SessionConfig{})
	w.request(req, "while Hello is under way")
	w.pump()
	w.wantFrames("Hello",
		"Open 1/1 REQ tcp://backend:1", "Open 1/2 REQ tcp://backend:2",
		"Request 1/1 30000ms before there is an endpoint", "Request 1/2 30000ms a||b",
		"Request 1/3 30000ms while Hello is under way",
		"Open 2/1 SUB tcp://prices:1", `Subscribe 2/1 "fx."`)
	w.wantEvents("ready")
	if !w.client.Ready() {
		t.Error("not ready after Welcome")
	}
}

func TestHelloCarriesCredentials(t *testing.T) {
	w := newWorld(t, client.Config{Credentials: []byte(`{"token":"1"}`), Agent: "page/1"})
	hello := func() (agent, credentials string) {
		w.dial(core.SessionConfig{})
		w.onFrame = func(f *core.Frame) {
			if f.Kind == core.KindHello {
				agent, credentials = string(f.Text), string(f.Params)
			}
		}
		w.pump()
		return agent, credentials
	}
	if agent, credentials := hello(); agent != "page/1" || credentials != `{"token":"1"}` {
		t.Errorf("Hello of %q with %q", agent, credentials)
	}
	w.cut()
	w.client.SetCredentials([]byte(`{"token":"2"}`))
	if _, credentials := hello(); credentials != `{"token":"2"}` {
		t.Errorf("the second Hello has %q", credentials)
	}
}

func TestOpen(t *testing.T) {
	w := online(t, client.Config{})
	id, err := w.client.NewSocket(core.REP, []byte("page-7"))
	w.ok(err)
	_, err = w.client.Bind(id, "tcp://0.0.0.0:1", []byte(`{"user":"hugo"}`))
	w.ok(err)
	w.pump()
	w.wantFrames(`Open 1/1 REP tcp://0.0.0.0:1 bind {"user":"hugo"} as page-7`)

	w.send(core.Frame{Kind: core.KindState, Socket: 1, ID: 1, Code: core.Unavailable, Text: []byte("nobody there")})
	w.send(core.Frame{Kind: core.KindOpened, Socket: 1, ID: 1})
	w.send(core.Frame{Kind: core.KindState, Socket: 1, ID: 1, Code: core.Unavailable})
	w.send(core.Frame{Kind: core.KindState, Socket: 1, ID: 1})
	w.wantEvents("down 1/1 unavailable*", "opened 1/1", "down 1/1 unavailable*", "up 1/1")
}

// A socket has its number from the moment it is made, but it is opened when it is first connected. So sockets may be opened
// in any order.
func TestSocketsOpenInAnyOrder(t *testing.T) {
	w := online(t, client.Config{})
	first, second := w.newSocket(core.REQ), w.newSocket(core.SUB)
	w.endpoint(second, "tcp://prices:1")
	w.endpoint(first, "tcp://backend:1")
	w.pump()
	w.wantFrames("Open 2/1 SUB tcp://prices:1", "Open 1/1 REQ tcp://backend:1")
}

func TestOpenArguments(t *testing.T) {
	w := online(t, client.Config{})
	_, err := w.client.NewSocket(11, nil)
	wantCode(t, err, core.Invalid)
	_, err = w.client.NewSocket(core.REQ, make([]byte, 256))
	wantCode(t, err, core.Invalid)
	id := w.newSocket(core.REQ)
	_, err = w.client.Connect(id, strings.Repeat("x", 513), nil)
	wantCode(t, err, core.Invalid)
	_, err = w.client.Connect(id, "tcp://a:1", make([]byte, core.MaxParams+1))
	wantCode(t, err, core.TooLarge)
	_, err = w.client.Connect(id+1, "tcp://a:1", nil)
	wantCode(t, err, core.Closed)
	_, err = w.client.Subscribe(id, nil, client.SubscribeOptions{})
	wantCode(t, err, core.Invalid)
	_, err = w.client.Subscribe(w.newSocket(core.SUB), make([]byte, core.MaxName+1), client.SubscribeOptions{})
	wantCode(t, err, core.TooLarge)
	w.pump()
	w.wantFrames()
}

func TestSubscriptions(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	time1, fx := w.subscribe(sub, "time"), w.subscribe(sub, "fx.")
	w.pump()
	w.wantFrames(`Subscribe 1/1 "time"`, `Subscribe 1/2 "fx."`)
	w.send(core.Frame{Kind: core.KindSubscribed, Socket: sub, ID: time1},
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("time", "12:00", "")},
		core.Frame{Kind: core.KindGap, Socket: sub, Messages: 3, Code: core.Busy},
		core.Frame{Kind: core.KindUnsubscribed, Socket: sub, ID: fx, Code: core.Denied})
	w.wantEvents("subscribed 1/1", "message 1 time|12:00|", "gap 1 missed 3 busy*", "unsubscribed 1/2 denied*")

	w.ok(w.client.Unsubscribe(sub, time1))
	w.pump()
	w.wantFrames("Unsubscribe 1/1")
	w.cut()
	w.connect()
	w.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1") // both subscriptions have ended
}

func TestWhatCrossesAnUnsubscribeIsDropped(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	a, b := w.subscribe(sub, "a"), w.subscribe(sub, "b")
	w.ok(w.client.Unsubscribe(sub, a))
	w.ok(w.client.Unsubscribe(sub, b))
	w.send(core.Frame{Kind: core.KindSubscribed, Socket: sub, ID: a},
		core.Frame{Kind: core.KindUnsubscribed, Socket: sub, ID: b, Code: core.Denied})
	w.wantEvents()
	w.quiet()

	w.ok(w.client.Unsubscribe(sub, a)) // doing it twice changes nothing
	w.pump()
	w.wantFrames()
}

func TestSendWaitsForCredit(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	w.quiet()
	for _, part := range []string{"a", "b", "c"} {
		w.ok(w.client.Send(push, message(part)))
	}
	w.pump()
	w.wantFrames() // nothing was granted yet
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 2, Bytes: 100})
	w.wantFrames("Message 1 a", "Message 1 b")
	w.ok(w.client.Send(push, message("d")))
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 10, Bytes: 0})
	w.wantFrames("Message 1 c", "Message 1 d")
	w.ok(w.client.Send(push, message(strings.Repeat("x", 200)))) // overdraws the bytes
	w.ok(w.client.Send(push, message("y")))
	w.pump()
	w.wantFrames("Message 1 200 bytes")
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Bytes: 200})
	w.wantFrames("Message 1 y")
	w.wantEvents()
}

func TestSendAcrossACut(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	w.pump()
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 10, Bytes: 100})
	w.cut()
	w.quiet()
	w.ok(w.client.Send(push, message("c")))
	w.connect()
	w.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1") // the credit was the old session's
	w.wantEvents("ready")                                  // and it had sent nothing on it that may be missing
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 10, Bytes: 100})
	w.wantFrames("Message 1 c")
}

func TestSendIsBounded(t *testing.T) {
	w := online(t, client.Config{HWM: 2})
	push := w.socket(core.PUSH)
	w.quiet()
	w.ok(w.client.Send(push, message("a")))
	w.ok(w.client.Send(push, message("b")))
	wantCode(t, w.client.Send(push, message("c")), core.Busy)
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
	w.wantFrames("Message 1 a")
	w.wantEvents("writable 1")
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
	w.wantEvents() // nobody was refused since
}

func TestSendThatMakesNoSense(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	for _, typ := range []core.SocketType{core.REQ, core.REP, core.SUB, core.PULL} {
		wantCode(t, w.client.Send(w.socket(typ), message("x")), core.Invalid)
	}
	wantCode(t, w.client.Send(push, nil), core.Invalid)
	wantCode(t, w.client.Send(99, message("x")), core.Closed)
}

func TestCreditOfTheBridgeOverflows(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	w.pump()
	credit := core.Frame{Kind: core.KindCredit, Socket: push, Messages: core.MaxCredit}
	w.send(credit)
	if err := w.client.Feed(core.AppendFrame(nil, &credit), w.now); !errors.Is(err, &core.Error{Code: core.Protocol}) {
		t.Errorf("got %v", err)
	}
}

func TestReplier(t *testing.T) {
	w := online(t, client.Config{})
	rep := w.socket(core.REP)
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventRequest && len(e.Parts) == 1 {
			w.ok(w.client.Reply(rep, e.ID, message("re: "+string(e.Parts[0]))))
		}
	}
	ask := func(id uint64, parts ...string) {
		w.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: id, Body: body(parts...)})
	}
	ask(1, "a")
	ask(2, "b", "later")
	ask(3, "c")
	w.wantEvents("request 1/1 a", "request 1/2 b|later", "request 1/3 c")
	w.wantFrames("Reply 1/1 re: a", "Reply 1/3 re: c")

	w.ok(w.client.Reply(rep, 2, message("re: b")))
	w.pump()
	w.wantFrames("Reply 1/2 re: b")
	wantCode(t, w.client.Reply(rep, 2, message("again")), core.Lost)
	wantCode(t, w.client.Reply(rep, 9, message("never asked")), core.Lost)
	wantCode(t, w.client.Reply(rep, 2, nil), core.Invalid)

	ask(4, "d", "canceled")
	w.send(core.Frame{Kind: core.KindCancel, Socket: rep, ID: 4})
	wantCode(t, w.client.Reply(rep, 4, message("too late")), core.Lost)
	w.pump()
	w.wantFrames()

	ask(5, "e", "declined")
	w.client.Decline(rep, 5)
	w.client.Decline(rep, 5)
	w.pump()
	w.wantFrames("Failed 1/5")
}

// The bridge numbers the requests of backends from 1 on in every session. An answer to a request of an earlier session must
// not reach the request that has the same number now.
func TestReplyDoesNotOutliveItsConnection(t *testing.T) {
	w := online(t, client.Config{})
	rep := w.socket(core.REP)
	w.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 1, Body: body("from alice")})
	alice := lastID(w)
	w.cut()
	wantCode(t, w.client.Reply(rep, alice, message("for alice")), core.Lost)
	w.connect()
	w.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 1, Body: body("from bob")})
	bob := lastID(w)
	w.quiet()
	wantCode(t, w.client.Reply(rep, alice, message("for alice")), core.Lost)
	w.ok(w.client.Reply(rep, bob, message("for bob")))
	w.pump()
	w.wantFrames("Reply 1/1 for bob")
}

// lastID reads the number out of the last event, which is 7 in "request 1/7 hello".
func lastID(w *world) uint64 {
	_, rest, _ := strings.Cut(w.events[len(w.events)-1], "/")
	number, _, _ := strings.Cut(rest, " ")
	id := uint64(0)
	for _, digit := range number {
		id = id*10 + uint64(digit-'0')
	}
	return id
}

func TestGoAway(t *testing.T) {
	w := online(t, client.Config{})
	w.onEvent = func(e *client.Event) {
		if e.Millis != 5000 || string(e.Text) != "restarting" {
			t.Errorf("draining in %d ms: %q", e.Millis, e.Text)
		}
	}
	w.bridge.GoAway(5*time.Second, "restarting")
	w.pump()
	w.wantEvents("draining")
}

func TestCloseSocket(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.request(req, "a")
	w.client.CloseSocket(req)
	w.client.CloseSocket(req)
	w.pump()
	w.wantFrames("Request 1/1 30000ms a", "Close 1")
	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("crossed the Close")})
	w.wantEvents()
	_, err := w.client.Request(req, message("b"), client.RequestOptions{}, w.now)
	wantCode(t, err, core.Closed)
	wantCode(t, w.client.Unsubscribe(req, 1), core.Closed)
	if at, _ := w.client.Next(); at != w.now+30*time.Second { // it is the time of the heartbeat, not of the request
		t.Errorf("Next is %v from now", at-w.now)
	}

	unknown := w.newSocket(core.REQ) // the bridge does not know of it, and is not told of its end
	w.client.CloseSocket(unknown)
	w.pump()
	w.wantFrames()
}

func TestSocketClosedByTheBridge(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.request(req, "a")
	w.request(req, "b")
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventFailed {
			_, err := w.client.Request(req, message("again"), client.RequestOptions{}, w.now)
			wantCode(t, err, core.Conflict)
		}
	}
	w.send(core.Frame{Kind: core.KindClosed, Socket: req, Code: core.Conflict, Text: []byte("identity in use")})
	w.wantEvents("failed 1/1 conflict*", "failed 1/2 conflict*", "closed 1 conflict*")
	_, err := w.client.Request(req, message("c"), client.RequestOptions{}, w.now)
	wantCode(t, err, core.Closed)
}

func TestEnd(t *testing.T) {
	w := online(t, client.Config{})
	req, sub := w.socket(core.REQ), w.socket(core.SUB)
	w.newSocket(core.REQ)
	w.request(req, "sent")
	w.cut()
	w.quiet()
	w.request(req, "queued")
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventFailed { // an application that tries again at once must not wait for ever
			_, err := w.client.Request(req, message("again"), client.RequestOptions{}, w.now)
			wantCode(t, err, core.Denied)
		}
	}
	w.client.End(&core.Error{Code: core.Denied, Text: "not you", Remote: true})
	w.wantEvents("failed 1/2 denied*", "closed 1 denied*", "closed 2 denied*", "closed 3 denied*")
	_, err := w.client.Subscribe(sub, nil, client.SubscribeOptions{})
	wantCode(t, err, core.Closed)
	if _, ok := w.client.Next(); ok {
		t.Error("there is something to wait for after the end")
	}
	w.client.End(core.NewError(core.Closed, "twice"))
	w.wantEvents()
}

// A frame that the bridge may not send ends the connection. A frame that was under way when a socket was closed does not.
func TestLyingBridge(t *testing.T) {
	tests := []struct {
		name  string
		frame core.Frame
		close core.CloseCode // 0: the frame is ignored
	}{
		{"opened what was never asked for", core.Frame{Kind: core.KindOpened, Socket: 1, ID: 2}, core.CloseState},
		{"endpoint zero", core.Frame{Kind: core.KindState, Socket: 1, ID: 0}, core.CloseState},
		{"socket that was never made", core.Frame{Kind: core.KindMessage, Socket: 9, Body: body("x")}, core.CloseState},
		{"socket that is closed", core.Frame{Kind: core.KindMessage, Socket: 2, Body: body("x")}, 0},
		{"reply nobody waits for", core.Frame{Kind: core.KindReply, Socket: 1, ID: 7, Body: body("x")}, 0},
		{"failure nobody waits for", core.Frame{Kind: core.KindFailed, Socket: 1, ID: 7, Code: core.Busy}, 0},
		{"credit nobody needs", core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1, Bytes: 1}, 0},
		{"message without a body", core.Frame{Kind: core.KindMessage, Socket: 3}, core.CloseMalformed},
		{"parts longer than the body", core.Frame{Kind: core.KindMessage, Socket: 3, Body: core.Body{2, 5, 'x'}}, core.CloseMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := online(t, client.Config{})
			w.socket(core.REQ)
			w.client.CloseSocket(w.socket(core.REQ))
			w.socket(core.SUB)
			w.ok(w.bridge.Append(&tt.frame))
			wantClose(t, w.client.Feed(w.bridge.Take(nil, w.now), w.now), tt.close)
			w.wantEvents()
		})
	}
}

// wantClose fails unless err ends the connection with the code; 0: unless it is nil.
func wantClose(t testing.TB, err error, want core.CloseCode) {
	t.Helper()
	var got core.CloseCode
	if err != nil {
		closing, ok := err.(*core.CloseError)
		if !ok {
			t.Fatalf("error %v (%T), want a *CloseError", err, err)
		}
		got = closing.Close
	}
	if got != want {
		t.Errorf("error %v, want close code %d", err, want)
	}
}

func TestMessageThatWentNowhere(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	w.send(core.Frame{Kind: core.KindFailed, Socket: push, Code: core.TooLarge})
	w.wantEvents("failed 1 too_large*")
}
