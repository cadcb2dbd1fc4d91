package client_test

import (
	"math"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestRequestReply(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.request(req, "a")
	w.request(req, "b", "")
	w.pump()
	w.wantFrames("Request 1/1 30000ms a", "Request 1/2 30000ms b|")
	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 2, Body: body("", "re: b")},
		core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("re: a")},
		core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("twice")})
	w.wantEvents("reply 1/2 |re: b", "reply 1/1 re: a")
}

func TestRequestFails(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.request(req, "a")
	w.send(core.Frame{Kind: core.KindFailed, Socket: req, ID: 1, Code: core.Unavailable, Text: []byte("the backend is down")})
	w.wantEvents("failed 1/1 unavailable*")
	w.sleep(time.Minute)
	w.wantEvents()
}

// A reply that breaks the protocol ends the connection, and the request with it like any other.
func TestMalformedReply(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.request(req, "a")
	w.pump()
	w.ok(w.bridge.Append(&core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: core.Body{2, 9, 'x'}}))
	err := w.client.Feed(w.bridge.Take(nil, w.now), w.now)
	wantClose(t, err, core.CloseMalformed)
	w.wantEvents()
	w.client.Stop(err)
	w.wantEvents("reset lost", "failed 1/1 lost")
}

func TestRequestTimesOut(t *testing.T) {
	w := online(t, client.Config{RequestTimeout: 10 * time.Second})
	req := w.socket(core.REQ)
	w.request(req, "default")
	_, err := w.client.Request(req, message("own"), client.RequestOptions{Timeout: 2500*time.Millisecond + 1, Idempotent: true}, w.now)
	w.ok(err)
	w.request(req, "answered")
	w.pump()
	w.wantFrames("Request 1/1 10000ms default", "Request 1/2 2501ms idempotent own", "Request 1/3 10000ms answered")
	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 3, Body: body("ok")})
	w.wantEvents("reply 1/3 ok")

	w.sleep(2500 * time.Millisecond)
	w.wantEvents()
	w.sleep(1)
	w.wantEvents("failed 1/2 timeout")
	w.wantFrames("Cancel 1/2")
	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 2, Body: body("late")})
	w.wantEvents()
	w.sleep(8 * time.Second)
	w.wantEvents("failed 1/1 timeout")
	w.wantFrames("Cancel 1/1")
}

func TestRequestTimesOutOffline(t *testing.T) {
	w := newWorld(t, client.Config{})
	req := w.newSocket(core.REQ)
	w.endpoint(req, "tcp://backend:1")
	_, err := w.client.Request(req, message("short"), client.RequestOptions{Timeout: time.Second}, w.now)
	w.ok(err)
	_, err = w.client.Request(req, message("long"), client.RequestOptions{Timeout: 10 * time.Second}, w.now)
	w.ok(err)
	w.sleep(5 * time.Second)
	w.wantEvents("failed 1/1 unavailable") // nothing was sent, so nothing can have been processed
	w.connect()
	w.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1", "Request 1/2 5000ms long")
}

// "For ever" as a timeout must not wrap around into the past.
func TestRequestWithoutEnd(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	_, err := w.client.Request(req, message("a"), client.RequestOptions{Timeout: math.MaxInt64}, w.now)
	w.ok(err)
	w.sleep(time.Minute)
	w.wantEvents()
}

func TestCancel(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	a := w.request(req, "a")
	w.client.Cancel(req, a)
	w.client.Cancel(req, a)
	w.client.Cancel(req, 99)
	w.client.Cancel(99, a)
	w.pump()
	w.wantFrames("Request 1/1 30000ms a", "Cancel 1/1")
	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: a, Body: body("late")})

	w.cut()
	b := w.request(req, "b")
	w.client.Cancel(req, b)
	w.connect()
	w.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1")
	w.sleep(time.Minute)
	w.wantEvents("reset lost", "ready")
}

func TestRequestArguments(t *testing.T) {
	w := newWorld(t, client.Config{})
	w.dial(core.SessionConfig{MaxMessage: 1 << 20})
	w.pump()
	req := w.socket(core.REQ)
	ask := func(socket uint32, m core.Message) error {
		_, err := w.client.Request(socket, m, client.RequestOptions{}, w.now)
		return err
	}
	wantCode(t, ask(99, message("x")), core.Closed)
	wantCode(t, ask(w.socket(core.SUB), message("x")), core.Invalid)
	wantCode(t, ask(req, nil), core.Invalid)
	wantCode(t, ask(req, make(core.Message, core.MaxParts+1)), core.TooLarge)
	wantCode(t, ask(req, core.Message{make([]byte, 1<<20+1)}), core.TooLarge)
	w.pump()
	w.wantFrames()
	w.ok(ask(req, core.Message{make([]byte, 1<<20)}))
	w.ok(ask(req, make(core.Message, core.MaxParts)))
	w.pump()
	if len(w.frames) != 2 {
		t.Errorf("%d frames at the limit arrived, want 2", len(w.frames))
	}
}

// The application may reuse its buffers: the engine keeps no reference to a request, and a request that is queued is
// copied.
func TestRequestIsCopied(t *testing.T) {
	w := newWorld(t, client.Config{})
	req := w.newSocket(core.REQ)
	w.endpoint(req, "tcp://backend:1")
	m := message("offline")
	_, err := w.client.Request(req, m, client.RequestOptions{}, w.now)
	w.ok(err)
	copy(m[0], "XXXXXXX")
	w.connect()
	m = message("online")
	_, err = w.client.Request(req, m, client.RequestOptions{}, w.now)
	w.ok(err)
	copy(m[0], "XXXXXX")
	w.pump()
	w.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1", "Request 1/1 30000ms offline", "Request 1/2 30000ms online")
}

func TestRefusedEndpointFailsRequests(t *testing.T) {
	w := online(t, client.Config{})
	req := w.newSocket(core.REQ)
	w.endpoint(req, "tcp://forbidden:1")
	w.endpoint(req, "tcp://forbidden:2")
	w.request(req, "a")
	refuse := func(endpoint uint64, code core.Code) {
		w.send(core.Frame{Kind: core.KindRefused, Socket: req, ID: endpoint, Code: code, Text: []byte("no")})
	}
	refuse(1, core.Denied)
	w.wantEvents("refused 1/1 denied*") // the other may still be opened
	w.request(req, "b")
	refuse(2, core.Invalid)
	w.wantEvents("refused 1/2 invalid*", "failed 1/1 invalid*", "failed 1/2 invalid*")
	_, err := w.client.Request(req, message("c"), client.RequestOptions{}, w.now)
	wantCode(t, err, core.Invalid)

	w.endpoint(req, "tcp://backend:3")
	w.request(req, "d")
	w.pump()
	w.quiet()
	w.send(core.Frame{Kind: core.KindOpened, Socket: req, ID: 3}, core.Frame{Kind: core.KindReply, Socket: req, ID: 3, Body: body("re: d")})
	w.wantEvents("opened 1/3", "reply 1/3 re: d")
}

func TestRefusalIsAskedAgainAfterReconnect(t *testing.T) {
	w := online(t, client.Config{})
	req := w.newSocket(core.REQ)
	w.endpoint(req, "tcp://backend:1")
	w.send(core.Frame{Kind: core.KindRefused, Socket: req, ID: 1, Code: core.Denied})
	w.cut()
	w.quiet()
	w.connect()
	w.request(req, "a")
	w.pump()
	w.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1", "Request 1/1 30000ms a")
}

func TestHWMOffline(t *testing.T) {
	offline := func(t *testing.T) (w *world, ask func(size int, timeout time.Duration) error) {
		w = newWorld(t, client.Config{HWM: 3, MaxQueued: 100})
		req := w.newSocket(core.REQ)
		w.endpoint(req, "tcp://backend:1")
		return w, func(size int, timeout time.Duration) error {
			_, err := w.client.Request(req, core.Message{make([]byte, size)}, client.RequestOptions{Timeout: timeout}, w.now)
			return err
		}
	}
	t.Run("requests", func(t *testing.T) {
		w, ask := offline(t)
		w.ok(ask(1, time.Minute))
		w.ok(ask(1, time.Minute))
		w.ok(ask(1, time.Minute))
		wantCode(t, ask(1, time.Minute), core.Busy)
		w.client.Cancel(1, 3)
		w.ok(ask(1, time.Second))
		wantCode(t, ask(1, time.Second), core.Busy)
		w.sleep(time.Second)
		w.ok(ask(1, time.Second)) // there is room, because one request has expired
	})
	t.Run("bytes", func(t *testing.T) {
		w, ask := offline(t)
		w.ok(ask(90, time.Second))
		wantCode(t, ask(90, time.Second), core.Busy)
		w.sleep(time.Second)
		w.ok(ask(90, time.Second))
	})
	t.Run("messages", func(t *testing.T) {
		w, _ := offline(t)
		push := w.newSocket(core.PUSH)
		w.endpoint(push, "tcp://backend:1")
		for range 3 {
			w.ok(w.client.Send(push, message("x")))
		}
		wantCode(t, w.client.Send(push, message("x")), core.Busy)
	})
}

// A request that was queued while the bridge's limit was unknown fails when the limit becomes known.
func TestQueuedRequestTooLarge(t *testing.T) {
	w := newWorld(t, client.Config{})
	req := w.newSocket(core.REQ)
	_, err := w.client.Request(req, core.Message{make([]byte, 2<<20)}, client.RequestOptions{}, w.now)
	w.ok(err)
	w.request(req, "small")
	w.dial(core.SessionConfig{MaxMessage: 1 << 20})
	w.pump()
	w.quiet()
	w.endpoint(req, "tcp://backend:1")
	w.wantEvents() // events come out of Feed, Tick, Stop and End, never out of a call of the application
	w.tick()
	w.wantEvents("failed 1/1 too_large")
	w.wantFrames("Open 1/1 REQ tcp://backend:1", "Request 1/2 30000ms small")
}
