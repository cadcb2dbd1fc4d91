package gateway

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestReqAtRouter: an application behind a ROUTER sees exactly [id, empty, parts…].
func TestReqAtRouter(t *testing.T) {
	t.Parallel()
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	g := newReq(t, newTestFactory(t, quick()), router.Endpoint())
	for _, m := range []core.Message{Text("hello"), Text(""), Text("a", "", "b")} {
		_, c := ask(g, m, Patience)
		got := router.HearMessage()
		if len(got[0]) != 5 {
			t.Fatalf("asked by %q", got[0])
		}
		WantMessage(t, got[1:2], Text(""))
		WantMessage(t, got[2:], m)
		router.TellMessage(got)
		reply := Await(t, "the reply", c)
		WantCode(t, reply.err, core.OK)
		WantMessage(t, reply.reply, m)
	}
}

// TestReqAtRouterSideBySide: requests do not wait for each other, and those that are through leave their connections to
// the next.
func TestReqAtRouterSideBySide(t *testing.T) {
	t.Parallel()
	const side, rounds = 10, 20
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.Endpoint())
	for range rounds {
		replies := map[string]<-chan outcome{}
		for i := range side {
			_, c := ask(g, Text(fmt.Sprint(i)), Patience)
			replies[fmt.Sprint(i)] = c
		}
		questions := make([]core.Message, side)
		for i := range questions {
			questions[i] = router.HearMessage()
		}
		for i := side - 1; i >= 0; i-- { // the last one first
			router.TellMessage(questions[i])
			question := string(questions[i][2])
			WantWords(t, Await(t, "the reply", replies[question]).reply, question)
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
	g := newReq(t, f, StartPython(t, "router").Endpoint())
	var wg sync.WaitGroup
	for i := range requests {
		_, c := ask(g, Text(fmt.Sprint(i)), Patience)
		wg.Go(func() {
			if got := Await(t, "the reply", c); got.err != nil || string(got.reply[0]) != fmt.Sprint(i) {
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
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.Endpoint())

	r, canceled := ask(g, Text("cancel"), time.Hour)
	first := router.HearMessage()
	r.Cancel()
	WantCode(t, Await(t, "the cancellation", canceled).err, core.Canceled)
	_, late := ask(g, Text("late"), 100*time.Millisecond)
	second := router.HearMessage()
	WantCode(t, Await(t, "the timeout", late).err, core.Timeout)

	_, c := ask(g, Text("next"), Patience)
	third := router.HearMessage()
	router.TellMessage(first)
	router.TellMessage(second)
	router.TellMessage(third)
	WantWords(t, Await(t, "the reply", c).reply, "next")
	if string(third[0]) == string(first[0]) || string(third[0]) == string(second[0]) {
		t.Error("the connection was used again")
	}
	Eventually(t, "only two connections are left", func() bool { return f.Stats().LinksUp == 2 })
}

func TestReqAtRouterRestarts(t *testing.T) {
	t.Parallel()
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	g := newReq(t, f, router.Endpoint())
	watched := NewEvents()
	defer g.Watch(watched)()
	_, first := ask(g, Text("first"), time.Hour)
	_, second := ask(g, Text("second"), time.Hour)
	router.Hear()
	router.Hear()
	router.Kill()
	WantCode(t, Await(t, "the failure", first).err, core.Lost)
	WantCode(t, Await(t, "the failure", second).err, core.Lost)
	watched.Wait(t, "down")
	WantCode(t, request(t, g, Text("nobody there")).err, core.Unavailable)

	// It may come back as something else.
	RestartPython(t, router, "rep")
	watched.Wait(t, "up")
	WantWords(t, request(t, g, Text("back")).reply, "back")
}

// TestReqAtRouterMisbehaving: a reply without its envelope, or one nobody asked for, ends the connection it came over.
func TestReqAtRouterMisbehaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		f := newTestFactory(t, Config{Dial: backend.Dial})
		g := newReq(t, f, Somewhere)
		watch := backend.Accept(t)
		watch.Meet(1, "ROUTER")
		_, c := ask(g, Text("a"), time.Hour)
		p := backend.Accept(t)
		p.Meet(1, "ROUTER")
		WantWords(t, p.Message(), "", "a")
		p.Say(Frame(0, []byte("no envelope")))
		WantCode(t, (<-c).err, core.Lost)
		p.HungUp()

		_, c = ask(g, Text("b"), time.Hour)
		p = backend.Accept(t)
		p.Meet(1, "ROUTER")
		WantWords(t, p.Message(), "", "b")
		p.Say(Frame(FlagMore, nil), Frame(0, []byte("1")))
		WantWords(t, (<-c).reply, "1")
		p.Say(Frame(FlagMore, nil), Frame(0, []byte("not the reply to the next")))
		p.HungUp()
		synctest.Wait()
		if n := f.Stats().ProtocolErrors; n != 2 {
			t.Errorf("%d violations counted", n)
		}
	})
}

// TestReqAtRouterIdle: connections that are not used for a while are closed, and the gateway stays.
func TestReqAtRouterIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		f := newTestFactory(t, Config{Dial: backend.Dial, Heartbeat: -1})
		g := newReq(t, f, Somewhere)
		watch := backend.Accept(t)
		watch.Meet(1, "ROUTER")
		for range 2 {
			_, c := ask(g, Text("a"), time.Hour)
			p := backend.Accept(t)
			p.Meet(1, "ROUTER")
			p.Say(Echo(p.Message()))
			WantWords(t, (<-c).reply, "a")
			start := time.Now()
			p.HungUp()
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

// TestReqAtRouterWaits: workers that wait for their jobs, for hours, keep nobody else from asking, and are served.
func TestReqAtRouterWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const side, waiting = 2, 4
		backend := make(Pipes)
		f := newTestFactory(t, Config{Dial: backend.Dial, Heartbeat: -1, MaxLockstep: side, MaxWaiting: waiting})
		g := newReq(t, f, Somewhere)
		backend.Accept(t).Meet(1, "ROUTER")
		var workers []Peer
		var jobs []<-chan outcome
		join := func() {
			_, c := ask(g, Text("READY"), 24*time.Hour)
			p := backend.Accept(t)
			p.Meet(1, "ROUTER")
			WantWords(t, p.Message(), "", "READY")
			workers, jobs = append(workers, p), append(jobs, c)
		}
		start := time.Now()
		for range side + waiting {
			join()
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("to ask took %v", took)
		}
		time.Sleep(time.Hour)
		_, c := ask(g, Text("one too many"), time.Hour)
		WantCode(t, (<-c).err, core.Busy)
		for i, p := range workers {
			p.Say(Frame(FlagMore, nil), Frame(0, []byte("job")))
			WantWords(t, (<-jobs[i]).reply, "job")
		}

		// As many connections as have a place are kept for the next.
		synctest.Wait()
		if n := f.Stats().LinksUp; n != 1+side {
			t.Errorf("%d connections, want %d", n, 1+side)
		}
	})
}
