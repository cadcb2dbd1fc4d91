package gateway

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestReqAtRouter: an application behind a ROUTER sees exactly [id, empty, parts…].
func TestReqAtRouter(t *testing.T) {
	t.Parallel()
	router := startPeer(t, "ROUTER", core.Endpoint{})
	g := newReq(t, newTestFactory(t, quick()), router.endpoint())
	for _, m := range []core.Message{text("hello"), text(""), text("a", "", "b")} {
		_, c := ask(g, m, patience)
		got := router.hearMessage()
		if len(got[0]) != 5 {
			t.Fatalf("asked by %q", got[0])
		}
		wantMessage(t, got[1:2], text(""))
		wantMessage(t, got[2:], m)
		router.tellMessage(got)
		reply := await(t, "the reply", c)
		wantCode(t, reply.err, core.OK)
		wantMessage(t, reply.reply, m)
	}
}

// TestReqAtRouterSideBySide: requests do not wait for each other, and those that are through leave their connections to
// the next.
func TestReqAtRouterSideBySide(t *testing.T) {
	t.Parallel()
	const side, rounds = 10, 20
	router := startPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.endpoint())
	for range rounds {
		replies := map[string]<-chan outcome{}
		for i := range side {
			_, c := ask(g, text(fmt.Sprint(i)), patience)
			replies[fmt.Sprint(i)] = c
		}
		questions := make([]core.Message, side)
		for i := range questions {
			questions[i] = router.hearMessage()
		}
		for i := side - 1; i >= 0; i-- { // the last one first
			router.tellMessage(questions[i])
			question := string(questions[i][2])
			wantWords(t, await(t, "the reply", replies[question]).reply, question)
		}
	}
	if s := f.Stats(); s.Dials > 2*side || s.Pending != 0 { // one that was only just freed may be missed
		t.Errorf("afterwards: %+v", s)
	}
}

// TestReqAtRouterIsBounded: what is too much at a time waits.
func TestReqAtRouterIsBounded(t *testing.T) {
	t.Parallel()
	const requests = 500
	c := quick()
	c.MaxLockstep = 3
	f := newTestFactory(t, c)
	g := newReq(t, f, startPython(t, "router").endpoint())
	var wg sync.WaitGroup
	for i := range requests {
		_, c := ask(g, text(fmt.Sprint(i)), patience)
		wg.Go(func() {
			if got := await(t, "the reply", c); got.err != nil || string(got.reply[0]) != fmt.Sprint(i) {
				t.Errorf("%d: %q, %v", i, got.reply, got.err)
			}
		})
	}
	wg.Wait()
	if s := f.Stats(); s.Dials > 4 {
		t.Errorf("%d dials", s.Dials)
	}
}

// TestReqAtRouterWithdrawn: a connection whose reply nobody waits for is not used again.
func TestReqAtRouterWithdrawn(t *testing.T) {
	t.Parallel()
	router := startPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.endpoint())

	r, canceled := ask(g, text("cancel"), time.Hour)
	first := router.hearMessage()
	r.Cancel()
	wantCode(t, await(t, "the cancellation", canceled).err, core.Canceled)
	_, late := ask(g, text("late"), 100*time.Millisecond)
	second := router.hearMessage()
	wantCode(t, await(t, "the timeout", late).err, core.Timeout)

	_, c := ask(g, text("next"), patience)
	third := router.hearMessage()
	router.tellMessage(first)
	router.tellMessage(second)
	router.tellMessage(third)
	wantWords(t, await(t, "the reply", c).reply, "next")
	if string(third[0]) == string(first[0]) || string(third[0]) == string(second[0]) {
		t.Error("the connection was used again")
	}
	eventually(t, "only two connections are left", func() bool { return f.Stats().LinksUp == 2 })
}

func TestReqAtRouterRestarts(t *testing.T) {
	t.Parallel()
	router := startPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.endpoint())
	watched := newEvents()
	defer g.Watch(watched)()
	_, first := ask(g, text("first"), time.Hour)
	_, second := ask(g, text("second"), time.Hour)
	router.hear()
	router.hear()
	router.kill()
	wantCode(t, await(t, "the failure", first).err, core.Lost)
	wantCode(t, await(t, "the failure", second).err, core.Lost)
	watched.wait(t, "down")
	wantCode(t, request(t, g, text("nobody there")).err, core.Unavailable)

	// It may come back as something else.
	restartPython(t, router, "rep")
	watched.wait(t, "up")
	wantWords(t, request(t, g, text("back")).reply, "back")
}

// TestReqAtRouterMisbehaving: a reply without its envelope, or one nobody asked for, ends the connection it came over.
func TestReqAtRouterMisbehaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(pipes)
		f := newTestFactory(t, Config{Dial: backend.dial})
		g := newReq(t, f, somewhere)
		watch := backend.accept(t)
		watch.meet(1, "ROUTER")
		_, c := ask(g, text("a"), time.Hour)
		p := backend.accept(t)
		p.meet(1, "ROUTER")
		wantWords(t, p.message(), "", "a")
		p.say(frame(0, []byte("no envelope")))
		wantCode(t, (<-c).err, core.Lost)
		p.hungUp()

		_, c = ask(g, text("b"), time.Hour)
		p = backend.accept(t)
		p.meet(1, "ROUTER")
		wantWords(t, p.message(), "", "b")
		p.say(frame(flagMore, nil), frame(0, []byte("1")))
		wantWords(t, (<-c).reply, "1")
		p.say(frame(flagMore, nil), frame(0, []byte("not the reply to the next")))
		p.hungUp()
		synctest.Wait()
		if n := f.Stats().ProtocolErrors; n != 2 {
			t.Errorf("%d violations counted", n)
		}
	})
}

// TestReqAtRouterIdle: connections that are not used for a while are closed, and the gateway stays.
func TestReqAtRouterIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(pipes)
		f := newTestFactory(t, Config{Dial: backend.dial, Heartbeat: -1})
		g := newReq(t, f, somewhere)
		watch := backend.accept(t)
		watch.meet(1, "ROUTER")
		for range 2 {
			_, c := ask(g, text("a"), time.Hour)
			p := backend.accept(t)
			p.meet(1, "ROUTER")
			p.say(echoAll(p.message()))
			wantWords(t, (<-c).reply, "a")
			start := time.Now()
			p.hungUp()
			if idle := time.Since(start); idle != 30*time.Second {
				t.Errorf("closed after %v", idle)
			}
		}
		synctest.Wait()
		if n := f.Stats().LinksUp; n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}

// echoAll is m on the wire.
func echoAll(m core.Message) (b []byte) {
	for i, part := range m {
		flags := byte(flagMore)
		if i == len(m)-1 {
			flags = 0
		}
		b = append(b, frame(flags, part)...)
	}
	return b
}
