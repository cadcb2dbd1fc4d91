package zmq_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func TestSubscribeOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		for _, test := range []struct {
			opts     zmq.SubscribeOptions
			overflow core.Overflow
			millis   uint64
		}{
			{zmq.SubscribeOptions{}, core.OverflowDefault, 0},
			{zmq.SubscribeOptions{Rate: 20}, core.OverflowDefault, 50},
			{zmq.SubscribeOptions{Rate: 30, Overflow: zmq.DropOldest}, core.DropOldest, 34}, // the rate is never higher than asked for
			{zmq.SubscribeOptions{Rate: 0.1, Overflow: zmq.CloseSlow}, core.CloseSlow, 10_000},
			{zmq.SubscribeOptions{Rate: 1e6, Overflow: zmq.Conflate}, core.Conflate, 1},
			{zmq.SubscribeOptions{Rate: math.Inf(1)}, core.OverflowDefault, 0},
		} {
			must(t, sub.SubscribeWith("x", test.opts))
			if f := l.expect(core.KindSubscribe); core.OverflowOf(f.Flags) != test.overflow || f.Millis != test.millis {
				t.Errorf("%+v: asked for %v, %d ms", test.opts, core.OverflowOf(f.Flags), f.Millis)
			}
		}
		for _, opts := range []zmq.SubscribeOptions{{Rate: -1}, {Rate: math.NaN()}, {Rate: 1e-9}, {Rate: 1e-300}, {Overflow: 77}} {
			wantCode(t, sub.SubscribeWith("x", opts), core.Invalid)
		}
	})
}

// TestConflatedIsNoError checks that only losses that nobody has asked for stand in the stream.
func TestConflatedIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		must(t, sub.SubscribeWith("", zmq.SubscribeOptions{Rate: 20}))
		l.expect(core.KindSubscribe)
		gap := func(code core.Code, missed uint64) core.Frame {
			return core.Frame{Kind: core.KindGap, Socket: 1, ID: 1, Messages: missed, Code: code}
		}
		l.send(gap(core.OK, 40), message(1, "1"), gap(core.Busy, 3), gap(core.OK, 2), message(1, "2"))
		var got []string
		for range 3 {
			m, err := sub.Recv(t.Context())
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, fmt.Sprintf("%q", m))
		}
		if want := []string{`["1"]`, "busy: 3 messages are missing here", `["2"]`}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := sub.Conflated(); got != 42 {
			t.Errorf("%d conflated", got)
		}
	})
}

// TestOptionsOutliveTheConnection checks that subscriptions have the same options after the client has connected again.
func TestOptionsOutliveTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		sub := b.context(zmq.Options{}).Socket(zmq.SUB)
		must(t, sub.Connect("feed", nil))
		must(t, sub.SubscribeWith("a", zmq.SubscribeOptions{Overflow: zmq.Conflate, Rate: 10}))
		for _, refuse := range []bool{false, true, false} {
			l := b.welcome()
			l.open()
			f := l.expect(core.KindSubscribe)
			if core.OverflowOf(f.Flags) != core.Conflate || f.Millis != 100 {
				t.Errorf("asked for %v, %d ms", core.OverflowOf(f.Flags), f.Millis)
			}
			if refuse {
				l.send(core.Frame{Kind: core.KindUnsubscribed, Socket: 1, ID: f.ID, Code: core.Denied})
				wantCode(t, sub.Ready(t.Context()), core.Denied)
			}
			l.conn.Drop()
			synctest.Wait()
		}
	})
}
