package gateway

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestOldPeerIsNotPinged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		g := newReq(t, newTestFactory(t, Config{Dial: backend.Dial}), Somewhere)
		p := backend.Accept(t)
		p.Meet(0, "REP")
		time.Sleep(time.Hour)
		_, c := ask(g, Text("still there?"), time.Minute)
		p.Say(Echo(p.Message()))
		WantWords(t, (<-c).reply, "still there?")
	})
}

// TestWriteIsNotWaitedForForEver: a peer that does not read loses the connection, though it answers PINGs.
func TestWriteIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		g := newReq(t, newTestFactory(t, Config{Dial: backend.Dial}), Somewhere)
		p := backend.Accept(t)
		p.Meet(1, "REP")
		r, c := ask(g, Text(string(make([]byte, 1<<20))), time.Hour)
		_, unsent := ask(g, Text("behind it"), time.Hour)
		start := time.Now()
		synctest.Wait()

		// Its frames are in use, so even a cancellation waits.
		r.Cancel()
		synctest.Wait()
		if len(c) > 0 {
			t.Error("done was called while the message was being written")
		}
		WantCode(t, (<-c).err, core.Canceled)
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("the write was given up after %v", took)
		}
		WantCode(t, (<-unsent).err, core.Unavailable)
	})
}

// TestCloseAtAnyPoint: a gateway in any phase of its connection closes at once.
func TestCloseAtAnyPoint(t *testing.T) {
	stuck := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	tests := []struct {
		name  string
		dial  func(context.Context, string, string) (net.Conn, error)
		phase func(p Peer)
	}{
		{"dialling", stuck, nil},
		{"silent peer", nil, func(Peer) {}},
		{"greeted", nil, func(p Peer) { p.ReadFull(make([]byte, GreetingSize)); p.Say(Greet(1)) }},
		{"up", nil, func(p Peer) { p.Meet(1, "REP") }},
		{"in a frame", nil, func(p Peer) { p.Meet(1, "REP"); p.Say(Announce(0, 1000), []byte("a part of it")) }},
		{"backing off", func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no") }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := make(Pipes)
				c := Config{Dial: backend.Dial, BackoffMin: time.Hour, BackoffMax: time.Hour, DialTimeout: time.Hour, Heartbeat: -1}
				if test.dial != nil {
					c.Dial = test.dial
				}
				f := NewFactory(c)
				g, err := f.Req(Somewhere)
				if err != nil {
					t.Fatal(err)
				}
				_, pending := ask(g, Text("x"), 24*time.Hour)
				if test.phase != nil {
					test.phase(backend.Accept(t))
				}
				synctest.Wait()
				start := time.Now()
				f.Close()
				if took := time.Since(start); took > 0 {
					t.Errorf("took %v", took)
				}
				if code := core.CodeOf((<-pending).err); code != core.Closed && test.name != "backing off" {
					t.Errorf("pending request: %v", code)
				}
				_, late := ask(g, Text("x"), time.Hour)
				WantCode(t, (<-late).err, core.Closed)
				if _, err := f.Req(Somewhere); core.CodeOf(err) != core.Closed {
					t.Errorf("Req after Close: %v", err)
				}
			})
		})
	}
}

// heard counts the PINGs that come over a connection.
type heard struct {
	net.Conn
	pings *atomic.Int64
}

func (c heard) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.pings.Add(int64(bytes.Count(b[:n], []byte("\x04PING"))))
	return n, err
}

// TestLibzmqHeartbeat: a libzmq that sends a PING every 200 ms, and would hang up when nothing comes for a second, does not: it
// sends more of them than it would without answers.
func TestLibzmqHeartbeat(t *testing.T) {
	t.Parallel()
	backend := StartPython(t, "rep", "--heartbeat", "200", "--patience", "1000")
	var pings atomic.Int64
	c := quick()
	c.Heartbeat = -1
	c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return heard{conn, &pings}, err
	}
	f := newTestFactory(t, c)
	g := newReq(t, f, backend.Endpoint())
	WantCode(t, request(t, g, Text("a")).err, core.OK)
	Eventually(t, "ten PINGs", func() bool { return pings.Load() >= 10 })
	WantCode(t, request(t, g, Text("b")).err, core.OK)
	if s := f.Stats(); s.Reconnects > 0 || s.MessagesIn != 2 {
		t.Errorf("%+v", s)
	}
}

// TestStoppedBackend: a process that is there and does nothing is noticed, and used again when it goes on.
func TestStoppedBackend(t *testing.T) {
	t.Parallel()
	backend := StartPython(t, "rep")
	c := quick()
	c.Heartbeat = 200 * time.Millisecond
	g := newReq(t, newTestFactory(t, c), backend.Endpoint())
	watched := NewEvents()
	defer g.Watch(watched)()
	watched.Wait(t, "up")
	backend.Pause()
	_, c1 := ask(g, Text("anybody?"), time.Hour)
	WantCode(t, Await(t, "the failure", c1).err, core.Lost)
	watched.Wait(t, "down")
	backend.GoOn()
	watched.Wait(t, "up")
	WantWords(t, request(t, g, Text("hello")).reply, "hello")
}

// TestIPC reaches a backend through a path and an abstract name.
func TestIPC(t *testing.T) {
	for _, path := range []string{t.TempDir() + "/socket", "@zmqwebbridge-test-" + t.Name()} {
		f := newTestFactory(t, quick())
		ep := core.Endpoint{Transport: "ipc", Path: path}
		serveEcho(t, f, ep)
		g := newReq(t, f, ep)
		WantWords(t, request(t, g, Text("through", path)).reply, "through", path)
	}
}

// serveEcho answers requests at ep.
func serveEcho(t testing.TB, f *Factory, ep core.Endpoint) *RepGateway {
	t.Helper()
	g, err := f.Rep(ep)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := g.Serve("", func(in *Incoming) { in.Reply(in.Message) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); g.Release() })
	return g
}
