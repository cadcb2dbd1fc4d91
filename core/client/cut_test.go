package client_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// A queue was full while the session was cut. When it empties because credit was left over, EventWritable tells it.
func TestWritableAfterResume(t *testing.T) {
	k := lasting(t, client.Config{HWM: 2})
	push := k.socket(core.PUSH)
	k.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 10, Bytes: 1000})
	k.lose()
	for range 2 {
		k.ok(k.client.Send(push, message("queued")))
	}
	wantCode(t, k.client.Send(push, message("too much")), core.Busy)
	k.reconnect()
	k.wantEvents("resumed", "writable 1")
	k.wantFrames("Hello", "Message 1 queued", "Message 1 queued")
}

// A message that was accepted by Send but can go nowhere is reported by an EventFailed.
func TestQueuedMessagesOfARefusedSocket(t *testing.T) {
	k := lasting(t, client.Config{})
	push := k.newSocket(core.PUSH)
	k.endpoint(push, "tcp://forbidden:1")
	k.ok(k.client.Send(push, message("a")))
	k.ok(k.client.Send(push, message("b")))
	k.send(core.Frame{Kind: core.KindRefused, Socket: push, ID: 1, Code: core.Denied})
	k.wantEvents("refused 1/1 denied*", "failed 1 denied*", "failed 1 denied*")
}

// An application may end the WebSocket in the middle of a batch. The rest of the batch comes again after the resume.
func TestStoppingInTheMiddleOfABatch(t *testing.T) {
	for _, restart := range []bool{false, true} {
		k := lasting(t, client.Config{})
		sub := k.socket(core.SUB)
		k.onEvent = func(e *client.Event) {
			if e.Kind == client.EventMessage {
				k.client.Stop(nil)
				if restart {
					k.client.Start(k.now)
				}
			}
		}
		for _, text := range []string{"a", "b", "c"} {
			k.ok(k.session.Append(&core.Frame{Kind: core.KindMessage, Socket: sub, Body: body(text)}))
		}
		k.ok(k.client.Feed(k.session.Take(nil, k.now), k.now))
		k.wantEvents("message 1 a")
		k.onEvent = nil
		k.lose()
		k.reconnect()
		k.wantEvents("resumed", "message 1 b", "message 1 c")
		k.wantSettled()
	}
}

// When the receiver of the first of many events ends the client, no other event follows.
func TestEndingFromAReset(t *testing.T) {
	k := lasting(t, client.Config{})
	k.socket(core.SUB)
	k.lose()
	k.refuse = core.Lost
	k.onEvent = func(e *client.Event) {
		if e.Kind == client.EventReset {
			k.client.End(core.NewError(core.Closed, "enough"))
		}
	}
	k.dial(k.cfg)
	k.carry(2)
	k.wantEvents("reset lost*", "closed 1 closed")
}

// What is queued while the session is cut is bounded. If it becomes too much, the session is lost, and this is reported.
func TestTooMuchSaidWhileCut(t *testing.T) {
	t.Run("and time passes", func(t *testing.T) {
		k := lasting(t, client.Config{MaxQueued: 1000})
		sub := k.socket(core.SUB)
		k.lose()
		k.sayTooMuch(sub)
		at, pending := k.client.Next()
		if !pending || at > k.now {
			t.Errorf("Next is %v, %v; it is time to give up", at-k.now, pending)
		}
		k.sleep(1)
		k.wantEvents("reset lost")
	})
	t.Run("and the bridge answers first", func(t *testing.T) {
		k := lasting(t, client.Config{MaxQueued: 1000})
		sub := k.socket(core.SUB)
		k.lose()
		k.dial(k.cfg)
		k.carry(1)
		last := k.sayTooMuch(sub)
		err := k.client.Feed(k.bridge.Take(nil, k.now), k.now)
		wantClose(t, err, core.CloseTimeout)
		k.wantEvents("reset lost")
		k.bridge = nil
		k.session.Cut()
		k.client.Stop(err)
		k.quiet()
		k.reconnect()
		if got := k.frames[len(k.frames)-1]; !strings.HasSuffix(got, last) {
			t.Errorf("the last subscription is %q, want %q", got, last)
		}
		k.wantEvents("gap 1 lost", "ready")
	})
	t.Run("but not what was said before", func(t *testing.T) {
		k := lasting(t, client.Config{MaxQueued: 1000})
		req := k.socket(core.REQ)
		k.request(req, strings.Repeat("x", 2000))
		k.lose()
		k.sleep(time.Second)
		k.wantEvents()
		k.reconnect()
		k.wantEvents("resumed")
	})
}

// sayTooMuch subscribes until the client has no room to keep another subscription, and returns the last prefix.
func (k *keeper) sayTooMuch(sub uint32) (last string) {
	k.t.Helper()
	for i := range 100 {
		last = `"` + strings.Repeat("p", i) + `"`
		k.subscribe(sub, strings.Repeat("p", i))
	}
	if k.client.Queued() > 2000 {
		k.t.Errorf("%d bytes are queued, 1000 are allowed", k.client.Queued())
	}
	return last
}

// A reply is refused while there is no room for it, and can be given again later.
func TestReplyWhileTooMuchWasSaid(t *testing.T) {
	k := lasting(t, client.Config{MaxQueued: 1000})
	rep := k.socket(core.REP)
	k.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 1, Body: body("a")}, core.Frame{Kind: core.KindRequest, Socket: rep, ID: 2, Body: body("b")})
	k.lose()
	k.ok(k.client.Reply(rep, 1, message(strings.Repeat("x", 2000))))
	wantCode(t, k.client.Reply(rep, 2, message("y")), core.Busy)
}

func TestDraining(t *testing.T) {
	k := lasting(t, client.Config{})
	req, push, sub := k.socket(core.REQ), k.socket(core.PUSH), k.socket(core.SUB)
	k.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 10, Bytes: 1000})
	asked := k.request(req, "outstanding")
	k.pump()
	k.quiet()
	k.session.GoAway(5*time.Second, "restart")
	k.pump()
	k.wantEvents("draining")
	k.request(req, "new")
	k.ok(k.client.Send(push, message("new")))
	k.socketWhileCut(core.PULL)
	k.endpoint(sub, "tcp://second:1")
	k.pump()
	k.wantFrames() // nothing new is begun
	k.sleep(2 * time.Second)
	if k.client.Idle() {
		t.Error("idle with an answer outstanding")
	}
	k.send(core.Frame{Kind: core.KindReply, Socket: req, ID: asked, Body: body("done")})
	if !k.client.Idle() {
		t.Error("not idle, though nothing is outstanding")
	}
	k.wantEvents("reply 1/1 done")
	k.session.Cut()
	k.bridge = nil
	k.client.Stop(core.NewCloseError(core.CloseGoingAway, "as asked"))
	k.wantEvents()
	k.reconnect()
	k.wantFrames("Hello", "Request 1/2 28000ms new", "Message 2 new", "Open 3/2 SUB tcp://second:1", "Open 4/1 PULL tcp://cut:1")
	k.wantEvents("resumed")
}

// A client is not idle until the bridge has acknowledged everything that it was sent.
func TestIdle(t *testing.T) {
	k := lasting(t, client.Config{})
	rep := k.socket(core.REP)
	k.sleep(2 * time.Second)
	idle := func(want bool, when string) {
		t.Helper()
		if k.client.Idle() != want {
			t.Errorf("Idle is %v, want %v: %s", !want, want, when)
		}
	}
	idle(true, "everything is said")
	k.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 1, Body: body("a")})
	idle(false, "an answer is owed")
	k.ok(k.client.Reply(rep, 1, message("b")))
	idle(false, "the answer is queued")
	k.pump()
	idle(false, "the answer is not acknowledged")
	k.sleep(2 * time.Second)
	idle(true, "the answer has arrived")
	k.lose()
	idle(true, "nothing is lost by a cut")
}

// A bridge that takes no clients at present sends GoAway instead of Welcome. The session is still there afterwards.
func TestTurnedAway(t *testing.T) {
	k := lasting(t, client.Config{})
	k.socket(core.SUB)
	k.lose()
	k.onHello = func(*core.Frame) { k.bridge.GoAway(3*time.Second, "full") }
	var millis uint64
	k.onEvent = func(e *client.Event) { millis = e.Millis }
	k.reconnect()
	k.wantEvents("turned away")
	if millis != 3000 {
		t.Errorf("told to wait for %d ms", millis)
	}
	k.bridge, k.onHello, k.onEvent = nil, k.hello, nil
	k.client.Stop(core.NewCloseError(core.CloseGoingAway, "full"))
	k.reconnect()
	k.wantEvents("resumed")
}

// A Welcome that makes no sense ends the connection.
func TestWelcomeThatCannotBe(t *testing.T) {
	welcome := func(change func(*core.Frame)) []byte {
		f := core.Frame{Kind: core.KindWelcome, Version: 1, Flags: core.FlagResumed, Limit: 1 << 20, Retain: 60000, Name: []byte("t")}
		change(&f)
		return core.AppendFrame(nil, &f)
	}
	t.Run("resumed, though no token was presented", func(t *testing.T) {
		w := newWorld(t, client.Config{})
		w.dial(core.SessionConfig{})
		wantClose(t, w.client.Feed(welcome(func(*core.Frame) {}), w.now), core.CloseState)
	})
	for _, tt := range []struct {
		name string
		seq  uint64
		want core.CloseCode
	}{{"all that was sent", 3, 0}, {"what was acknowledged", 2, 0}, {"less than was acknowledged", 1, core.CloseState},
		{"more than was sent", 4, core.CloseState}} {
		t.Run(tt.name, func(t *testing.T) {
			k := lasting(t, client.Config{})
			sub := k.socket(core.SUB)
			k.subscribe(sub, "a")
			k.sleep(2 * time.Second) // Open and Subscribe are acknowledged
			k.subscribe(sub, "b")
			k.pump()
			k.lose()
			k.subscribe(sub, "not sent")
			k.dial(k.cfg)
			wantClose(t, k.client.Feed(welcome(func(f *core.Frame) { f.Seq = tt.seq }), k.now), tt.want)
		})
	}
}

// A client does not count or hand on a numbered frame that comes before Welcome.
func TestNumberedFrameBeforeWelcomeIsNotCounted(t *testing.T) {
	k := lasting(t, client.Config{})
	sub := k.socket(core.SUB)
	k.lose()
	k.dial(k.cfg)
	stray := core.AppendFrame(nil, &core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("stray")})
	err := k.client.Feed(bytes.Clone(stray), k.now)
	wantClose(t, err, core.CloseState)
	k.lose()
	k.reconnect() // CanResume would refuse a count that is ahead
	k.wantEvents("resumed")
}

// A queue that is as full as possible fits into the Client that imports it.
func TestSnapshotOfAFullQueue(t *testing.T) {
	cfg := client.Config{MaxQueued: 100}
	k := lasting(t, cfg)
	push := k.socket(core.PUSH)
	for k.client.Send(push, message("1234567890")) == nil {
	}
	k.ok(client.New(cfg, func(*client.Event) {}).Import(k.client.Export(), k.now))
}
