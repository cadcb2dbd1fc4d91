package network

import (
	"errors"
	"io"
	"math/bits"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// TestProxy checks what the client and the server see of each fault.
func TestProxy(t *testing.T) {
	reset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) }
	ended := func(err error) bool { return errors.Is(err, io.EOF) }
	silent := func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
	tests := []struct {
		kind           schedule.Kind
		client, server func(error) bool
	}{
		{schedule.CutRST, reset, reset},
		{schedule.CutFIN, ended, ended},
		{schedule.Abandon, reset, silent},
		{schedule.Stall, silent, silent},
		{schedule.HalfOpen, silent, silent},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			s := newStage(t)
			s.strike(t, schedule.Fault{Kind: tt.kind, Time: 5 * time.Second})
			if err := readSoon(s.client); !tt.client(err) {
				t.Errorf("the client: %v", err)
			}
			if err := readSoon(s.server); !tt.server(err) {
				t.Errorf("the server: %v", err)
			}
			if s.harms.Load() != 1 {
				t.Errorf("%d reports", s.harms.Load())
			}
		})
	}
}

func TestProxyStallEnds(t *testing.T) {
	s := newStage(t)
	s.strike(t, schedule.Fault{Kind: schedule.Stall, Time: 50 * time.Millisecond})
	s.client.SetReadDeadline(time.Now().Add(dialTimeout))
	if _, err := s.client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

func TestProxyCutsWithinAChunk(t *testing.T) {
	s := newStage(t)
	s.strike(t, schedule.Fault{Kind: schedule.CutWithin})
	if _, err := s.client.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(s.server)
	if len(got) >= 100 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	s.wantOneHarm(t)
}

func TestProxyCorruptsABit(t *testing.T) {
	s := newStage(t)
	s.strike(t, schedule.Fault{Kind: schedule.Corrupt})
	if _, err := s.client.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	if _, err := io.ReadFull(s.server, got); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, b := range got {
		changed += bits.OnesCount8(b)
	}
	if changed != 1 {
		t.Errorf("%d bits changed", changed)
	}
	s.wantOneHarm(t)
}

func TestProxyThrottles(t *testing.T) {
	s := newStage(t)
	s.proxy.changeWeather(weather{delay: 50 * time.Millisecond, rate: 100 << 10})
	start := time.Now()
	if _, err := s.client.Write(make([]byte, 10<<10)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(s.server, make([]byte, 10<<10)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 140*time.Millisecond {
		t.Errorf("10 KiB at 100 KiB/s, 50 ms late, took %v", took)
	}
}

// stage has both ends of a connection through a proxy.
type stage struct {
	proxy          *Proxy
	client, server net.Conn
	harms          atomic.Int32
	quiet          atomic.Bool // was the proxy when a harm was reported
}

func newStage(t *testing.T) *stage {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := &stage{}
	harmed := func(time.Time, string) {
		s.quiet.Store(s.proxy.Quiet())
		s.harms.Add(1)
	}
	if s.proxy, err = NewProxy(listener.Addr().String(), harmed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.proxy.Close)
	if s.client, err = net.Dial("tcp", s.proxy.Address()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.client.Close() })
	if s.server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.server.Close() })
	return s
}

func (s *stage) strike(t *testing.T, f schedule.Fault) {
	t.Helper()
	if err := s.proxy.strike(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// wantOneHarm: there was one, and whoever waits until all is quiet has waited for it. A hand-over that begins in the middle
// of a fault would cut off a client that is about to move.
func (s *stage) wantOneHarm(t *testing.T) {
	t.Helper()
	if s.harms.Load() != 1 || s.quiet.Load() {
		t.Errorf("%d reports; quiet at the last: %v", s.harms.Load(), s.quiet.Load())
	}
}

// readSoon returns the error with which a read ends within a short time.
func readSoon(c net.Conn) error {
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return err
}
