package port_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
)

// TestPullBackPressure: a page without room holds its backend back, and loses nothing, whatever becomes of the backend.
func TestPullBackPressure(t *testing.T) {
	for _, bind := range []bool{false, true} {
		t.Run(fmt.Sprintf("bind=%v", bind), func(t *testing.T) {
			t.Parallel()
			const messages = 10_000
			c := quick()
			c.Heartbeat = 300 * time.Millisecond
			f := newTestFactory(t, c)
			in := NewMailbox(10)
			var p *gateway.Port
			var push *Python
			args := []string{"--hwm", "10", "--heartbeat", "500", "--patience", "1500"}
			if bind {
				p = newPort(t, f, core.PULL, AnyPort, gateway.PortOptions{Receiver: in, Bind: true})
				push = StartPeer(t, "PUSH", p.Endpoint(), args...)
			} else {
				push = StartPeer(t, "PUSH", core.Endpoint{}, args...)
				p = newPort(t, f, core.PULL, push.Endpoint(), gateway.PortOptions{Receiver: in})
			}
			push.Tell(map[string]int{"flood": messages})
			got := push.Hear()
			blocked, _ := strconv.Atoi(got[1])
			if got[0] != "blocked" || blocked < 10 || blocked == messages {
				t.Fatalf("the backend says %q", got)
			}
			wantNumbers(t, in, 0, 10)
			if len(in.Messages) > 0 {
				t.Fatal("more came than there was room for")
			}
			<-time.After(2500 * time.Millisecond) // for heartbeats not to end the connection takes time: more than the backend has patience
			in.Room.Add(10)
			p.Resume()
			wantNumbers(t, in, 10, 20)
			in.Room.Store(Plenty)
			p.Resume()
			wantNumbers(t, in, 20, messages)
			if got := push.Hear(); got[0] != "done" && got[0] != "blocked" {
				t.Fatalf("the backend says %q", got)
			}
			if s := f.Stats(); s.Dials+s.Accepts > 2 || s.Reconnects > 0 {
				t.Errorf("the connection did not last: %+v", s)
			}
		})
	}
}

// TestPullFromOneThatIsGone: what a backend sent before it ended is received, however long the page takes.
func TestPullFromOneThatIsGone(t *testing.T) {
	t.Parallel()
	const messages = 100
	c := quick()
	c.Heartbeat = 20 * time.Millisecond
	f := newTestFactory(t, c)
	in := NewMailbox(0)
	p := newPort(t, f, core.PULL, AnyPort, gateway.PortOptions{Receiver: in, Bind: true})
	push := StartPeer(t, "PUSH", p.Endpoint())
	push.Tell(messages)
	push.Tell("bye")
	Await(t, "the end of the backend", push.Ended)
	<-time.After(5 * port.LifeSign) // for the bridge to write to it, which fails
	in.Room.Store(Plenty)
	p.Resume()
	wantNumbers(t, in, 0, messages)
}

// TestPullSharedByPages: by turns, by room, and by whoever is left.
func TestPullSharedByPages(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	a, b := NewMailbox(Plenty), NewMailbox(Plenty)
	ep := UnusedEndpoint(t)
	pa := newPort(t, f, core.PULL, ep, gateway.PortOptions{Receiver: a, Bind: true})
	pb := newPort(t, f, core.PULL, ep, gateway.PortOptions{Receiver: b, Bind: true})
	push := StartPeer(t, "PUSH", ep)
	count := func(total int) (int, int) {
		t.Helper()
		Eventually(t, "all have come", func() bool { return len(a.Messages)+len(b.Messages) == total })
		na, nb := len(a.Messages), len(b.Messages)
		for range na {
			<-a.Messages
		}
		for range nb {
			<-b.Messages
		}
		return na, nb
	}
	push.Tell(1000)
	if na, nb := count(1000); na != 500 || nb != 500 {
		t.Errorf("shared %d to %d", na, nb)
	}

	// One has room for 10.
	a.Room.Store(10)
	push.Tell(1000)
	if na, nb := count(1000); na != 10 || nb != 990 {
		t.Errorf("shared %d to %d, with room for 10 in the first", na, nb)
	}

	// Neither has, until one goes and another comes.
	b.Room.Store(0)
	push.Tell(100)
	pa.Release()
	pb.Release()
	c := NewMailbox(Plenty)
	newPort(t, f, core.PULL, ep, gateway.PortOptions{Receiver: c, Bind: true})
	wantNumbers(t, c, 0, 100)
	if len(a.Messages)+len(b.Messages) > 0 {
		t.Error("a released port receives")
	}
}

// TestPullManyBackendsWait: of many backends that are held back none is forgotten, and none overtakes.
func TestPullManyBackendsWait(t *testing.T) {
	t.Parallel()
	const backends, each = 20, 50
	f := newTestFactory(t, gateway.Config{Heartbeat: -1})
	in := NewMailbox(0)
	p := newPort(t, f, core.PULL, AnyPort, gateway.PortOptions{Receiver: in, Bind: true})
	for i := range backends {
		peer := DialPeer(t, p.Endpoint())
		peer.Meet(1, "PUSH")
		for j := range each {
			peer.Say(Frame(0, fmt.Appendf(nil, "%d %d", i, j)))
		}
	}
	next := make([]int, backends)
	for n := range backends * each {
		left := 0 // backends that have not said all; one may be done while another has several to go
		for _, j := range next {
			if j < each {
				left++
			}
		}
		Eventually(t, "all wait", func() bool { return p.Waiting() == left })
		in.Room.Add(1)
		p.Resume()
		var i, j int
		fmt.Sscanf(string(in.Next(t)[0]), "%d %d", &i, &j)
		if j != next[i] {
			t.Fatalf("backend %d: message %d came instead of %d", i, j, next[i])
		}
		next[i]++
		if least, most := slices.Min(next), slices.Max(next); most-least > 3 { // one that was served may be late in line again
			t.Fatalf("after %d messages one backend is at %d, another at %d", n, least, most)
		}
	}
}
