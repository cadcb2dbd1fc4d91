//go:build long && linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// connect is a client in the place of a page, at the bridge of a machine.
func (r *running) connect(machine int) *zmq.Context {
	r.t.Helper()
	c, err := zmq.Dial(r.t.Context(), "ws://"+r.at(machine, bridgePort)+"/data", zmq.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// does answers jobs, as a page does.
func (r *running) does(machine int) {
	r.t.Helper()
	rep := r.connect(machine).Socket(zmq.REP)
	if err := rep.Bind("jobs", nil); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	r.t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		_ = rep.Serve(ctx, func(_ context.Context, m zmq.Message) (zmq.Message, error) { // it ends with ctx
			var job struct{ Job int }
			if err := json.Unmarshal(m[0], &job); err != nil {
				return nil, err
			}
			return zmq.Message{fmt.Appendf(nil, `{"job":%d,"page":"page of bridge %d","bridge":"bridge-%d"}`, job.Job, machine, machine)}, nil
		})
	}()
}

// logged waits until a part has said something anew, since its log had so many bytes.
func (r *running) logged(name, what string, since int) {
	r.t.Helper()
	wait.For(r.t, name+" to say: "+what, func() bool { return strings.Contains(r.logOf(name)[since:], what) })
}

// TestPagesShareJobs: jobs.py, which connects to all bridges, has pages at all of them do its jobs, whichever bridges are there.
func TestPagesShareJobs(t *testing.T) {
	r := start(t)
	for machine := 1; machine <= count; machine++ {
		r.does(machine)
	}
	doneBy := func(machine, since int) {
		t.Helper()
		r.logged("jobs", fmt.Sprintf("done by page of bridge %d at", machine), since)
	}
	for machine := 1; machine <= count; machine++ {
		doneBy(machine, 0)
	}
	r.do("kill bridge 2")
	since := len(r.logOf("jobs"))
	doneBy(1, since)
	doneBy(3, since)
	r.do("stop bridge 3")
	time.Sleep(5 * time.Second) // jobs.py needs four to find out
	since = len(r.logOf("jobs"))
	wait.For(t, "the page of bridge 1 to do several jobs in turn", func() bool {
		return strings.Count(r.logOf("jobs")[since:], "done by page of bridge 1 at bridge-1, sent 1 times") > 5
	})
	r.do("continue bridge 3")
	doneBy(3, len(r.logOf("jobs")))
	r.restart("bridge 2", "http://"+r.at(2, bridgePort)+"/readyz")
	doneBy(2, len(r.logOf("jobs")))
}

// be has a page be a desk, and tells what becomes of that.
func (r *running) be(desk string, machine int) (leave func(), ready <-chan error) {
	r.t.Helper()
	c := r.connect(machine)
	dealer := c.SocketWith(zmq.DEALER, zmq.SocketOptions{Identity: desk})
	if err := dealer.Connect("desks", nil); err != nil {
		r.t.Fatal(err)
	}
	result := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		soon, cancel := context.WithTimeout(ctx, 3*time.Second) // it waits for half a minute for a name that another page has
		defer cancel()
		err := dealer.Ready(soon)
		result <- err
		if err != nil {
			return
		}
		answer := fmt.Sprintf(`{"page":"page of bridge %d","bridge":"bridge-%d"`, machine, machine)
		err = dealer.Send(ctx, []byte(answer+"}"))
		for ctx.Err() == nil && core.CodeOf(err) != core.Closed {
			if err != nil { // such as a gap, because its connection was made anew: desks.py has to hear of it again
				r.t.Logf("%s at bridge %d is told %v", desk, machine, err)
				dealer.Send(ctx, []byte(answer+"}"))
			}
			var m zmq.Message
			var is struct{ Question int }
			if m, err = dealer.Recv(ctx); err != nil || json.Unmarshal(m[0], &is) != nil {
				continue
			}
			err = dealer.Send(ctx, fmt.Appendf(nil, `%s,"question":%d}`, answer, is.Question))
		}
	}()
	leave = func() { c.Close(); cancel(); <-ended }
	r.t.Cleanup(leave)
	return leave, result
}

// mustBe has a page be a desk, as soon as it may: a bridge that has just come does not know yet who else is there.
func (r *running) mustBe(desk string, machine int) (leave func()) {
	r.t.Helper()
	for until := time.Now().Add(time.Minute); ; {
		leave, ready := r.be(desk, machine)
		err := <-ready
		r.t.Logf("%s at bridge %d: %v", desk, machine, err)
		if err == nil {
			return leave
		}
		leave()
		if time.Now().After(until) {
			r.t.Fatalf("%s at bridge %d: %v", desk, machine, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestPagesHaveNames: desks.py asks a page by its name, at whatever bridge it is. Another page that wants the name, at another bridge, is
// told of a conflict, and has it when the first one has left, or its bridge is gone.
func TestPagesHaveNames(t *testing.T) {
	r := start(t)
	leave := r.mustBe("desk-1", 1)
	r.logged("desks", "desk-1: question", 0)
	taken := &core.Error{Code: core.Conflict}
	for until, err := time.Now().Add(time.Minute), error(nil); !errors.Is(err, taken); { // a bridge that has just come cannot tell yet
		other, ready := r.be("desk-1", 2)
		err = <-ready
		t.Logf("the same at bridge 2: %v", err)
		other()
		if err == nil || time.Now().After(until) {
			t.Fatalf("another page wants the same name: %v", err)
		}
	}
	since := len(r.logOf("desks"))
	leave()
	r.mustBe("desk-1", 2)
	r.logged("desks", "answered by page of bridge 2 at bridge-2", since)
	since = len(r.logOf("desks"))
	r.do("kill bridge 2")
	r.mustBe("desk-1", 3)
	r.logged("desks", "answered by page of bridge 3 at bridge-3", since)
}
