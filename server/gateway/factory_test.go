package gateway

import (
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestFactoryShares(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Dial: make(Pipes).Dial})
	a, b := newReq(t, f, Somewhere), newReq(t, f, Somewhere)
	if a != b {
		t.Error("two gateways for one endpoint")
	}
	other := Somewhere
	other.Port++
	if newReq(t, f, other) == a {
		t.Error("one gateway for two endpoints")
	}
	newSub(t, f, Somewhere)
	if s := f.Stats(); s.ReqGateways != 2 || s.SubGateways != 1 {
		t.Errorf("%+v", s)
	}
	_, err := f.Req(core.Endpoint{})
	WantCode(t, err, core.Invalid)
}

func TestFactoryClosesWhatIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTestFactory(t, Config{Dial: make(Pipes).Dial})
		open := func() int { synctest.Wait(); return f.Stats().ReqGateways }
		g := newReq(t, f, Somewhere)
		newReq(t, f, Somewhere).Release()
		time.Sleep(time.Hour)
		if open() != 1 {
			t.Fatal("closed while in use")
		}
		g.Release()
		time.Sleep(29 * time.Second)
		again, err := f.Req(Somewhere)
		if err != nil || again != g {
			t.Fatal("not found again while idle")
		}
		time.Sleep(time.Hour)
		if open() != 1 {
			t.Fatal("closed while in use again")
		}
		again.Release()
		again.Release() // one too many
		time.Sleep(30 * time.Second)
		if open() != 0 {
			t.Fatal("still open")
		}
		if _, c := ask(g, Text("x"), time.Second); core.CodeOf((<-c).err) != core.Closed {
			t.Error("a closed gateway takes requests")
		}
		if newReq(t, f, Somewhere) == g {
			t.Error("a closed gateway is handed out")
		}
	})
}

func TestFactoryBoundsItsGateways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTestFactory(t, Config{Dial: make(Pipes).Dial, MaxGateways: 2})
		at := func(port uint16) core.Endpoint { return core.Endpoint{Transport: "tcp", Host: "a", Port: port} }
		first := newReq(t, f, at(1))
		newReq(t, f, at(2))
		_, err := f.Req(at(3))
		WantCode(t, err, core.Busy)
		first.Release()
		newReq(t, f, at(3)) // takes the place of the idle one
		synctest.Wait()
		if n := f.Stats().ReqGateways; n != 2 {
			t.Errorf("%d gateways, want 2", n)
		}
	})
}

// TestFactoryUnderContention opens, uses and releases the same few gateways from many goroutines while they expire.
func TestFactoryUnderContention(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{IdleClose: time.Microsecond, MaxGateways: 3, Dial: make(Pipes).Dial})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				g, err := f.Req(core.Endpoint{Transport: "tcp", Host: "a", Port: uint16(1 + (i+j)%4)})
				if err != nil {
					if core.CodeOf(err) != core.Busy {
						t.Error(err)
					}
					continue
				}
				r, c := ask(g, Text("x"), time.Hour)
				r.Cancel()
				WantCode(t, Await(t, "the cancellation", c).err, core.Canceled)
				g.Release()
			}
		})
	}
	wg.Wait()
	Eventually(t, "all are closed", func() bool { return f.Stats().ReqGateways == 0 })
}

// TestFactoryListensAgain: an address is free for the next gateway as soon as the last is gone.
func TestFactoryListensAgain(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{IdleClose: time.Microsecond})
	ep := core.Endpoint{Transport: "ipc", Path: filepath.Join(t.TempDir(), "socket")}
	for i := range 50 {
		g, err := f.Rep(ep)
		if err != nil {
			t.Fatal(fmt.Errorf("round %d: %w", i, err))
		}
		g.Release()
	}
}

// TestStaleSocketFile: what a crash leaves behind does not keep an address, what lives does.
func TestStaleSocketFile(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := core.Endpoint{Transport: "ipc", Path: filepath.Join(t.TempDir(), "socket")}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: ep.Path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Rep(ep)
	WantCode(t, err, core.Conflict)
	l.SetUnlinkOnClose(false)
	l.Close()
	g, err := f.Rep(ep)
	if err != nil {
		t.Fatal(err)
	}
	g.Release()
}

// TestNameStays for as long as a page takes to be reloaded.
func TestNameStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTestFactory(t, Config{Dial: make(Pipes).Dial})
		open := func() int { synctest.Wait(); return f.Stats().Sockets }
		first := newPort(t, f, core.DEALER, Somewhere, PortOptions{Identity: []byte("alice"), Receiver: NewMailbox(Plenty)})
		first.Release()
		time.Sleep(nameStays - time.Second)
		if open() != 1 {
			t.Error("it has gone too soon")
		}
		time.Sleep(2 * time.Second)
		if open() != 0 {
			t.Error("it is still there")
		}
	})
}

// TestNameless: it is told when the connection with a name has really ended, which whoever does not expect anybody may have closed.
func TestNameless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		f := newTestFactory(t, Config{Dial: backend.Dial, Heartbeat: -1})
		told := 0
		when := func(identity string) { f.WhenNameless(Somewhere, identity, func() { told++ }) }
		open := func() *Port {
			return newPort(t, f, core.DEALER, Somewhere, PortOptions{Identity: []byte("alice"), Receiver: NewMailbox(Plenty)})
		}
		expect := func(what string, want int) {
			t.Helper()
			synctest.Wait()
			if told != want {
				t.Errorf("%s: told %d times, want %d", what, told, want)
			}
		}
		when("alice")
		expect("there was none yet", 1)
		first := open()
		peer := backend.Accept(t)
		peer.Meet(1, "ROUTER")
		when("alice")
		when("bob")
		expect("of another name", 2)
		f.VacateName(Somewhere, "alice")
		first.Release()
		time.Sleep(nameStays - time.Second)
		expect("while it stays", 2)
		next := open()
		time.Sleep(2 * nameStays)
		expect("while the next page has it", 2)
		next.Release()
		f.VacateName(Somewhere, "alice")
		expect("when it was closed", 3)
		if err := peer.Drain(); err != nil {
			t.Error(err)
		}
		open()
		when("alice")
		f.Close()
		expect("at the end", 4)
	})
}
