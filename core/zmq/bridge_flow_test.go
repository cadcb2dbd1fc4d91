//go:build !js

package zmq_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// TestBridgeRate checks that a loop which asked for 20 messages a second gets no more than that, no error, and the last value.
func TestBridgeRate(t *testing.T) {
	const total = 500
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{})
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	sub := c.Socket(zmq.SUB)
	must(t, sub.Connect(feed.Endpoint().String(), nil))
	must(t, sub.SubscribeWith("price", zmq.SubscribeOptions{Rate: 20}))
	must(t, sub.Ready(ctx))

	begin := time.Now()
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for i := range total {
			<-tick.C
			feed.Publish(text("price", fmt.Sprint(i)))
		}
	}()
	received := 0
	for m, err := range sub.Messages(ctx) {
		must(t, err)
		received++
		if words(m)[1] == fmt.Sprint(total-1) {
			break
		}
	}
	took := time.Since(begin)
	if most := int(took/(50*time.Millisecond)) + 1; received > most || received < 3 {
		t.Errorf("%d messages in %v, want at most %d", received, took, most)
	}
	if got := sub.Conflated(); got+uint64(received) != total {
		t.Errorf("%d received and %d conflated of %d", received, got, total)
	}
}

// TestBridgeSlowLoop checks, for each overflow policy, what a loop gets that did not read for a while.
func TestBridgeSlowLoop(t *testing.T) {
	const total, hwm = 1000, 8 // the client and the bridge have the same hwm
	for _, test := range []struct {
		overflow zmq.Overflow
		last     int // the last message that it gets
		end      zmq.Code
	}{
		{zmq.DropNewest, 2*hwm - 1, zmq.OK},
		{zmq.DropOldest, total - 1, zmq.OK},
		{zmq.Conflate, total - 1, zmq.OK},
		{zmq.CloseSlow, hwm - 1, zmq.Busy},
	} {
		t.Run(test.overflow.String(), func(t *testing.T) {
			ctx := patient(t)
			b := startBridge(t, server.Config{HWM: hwm})
			c := b.dial(zmq.Options{HWM: hwm})
			feed, err := backends(t).Pub(anyPort)
			must(t, err)
			sub := c.Socket(zmq.SUB)
			must(t, sub.Connect(feed.Endpoint().String(), nil))
			must(t, sub.SubscribeWith("", zmq.SubscribeOptions{Overflow: test.overflow}))
			must(t, sub.Ready(ctx))
			for i := range total {
				must(t, feed.Publish(text("a", fmt.Sprint(i))))
				if i < hwm { // the client's window is filled first, so that the bridge has to hold the rest
					wait.For(t, "the message", func() bool { return b.bridge.Stats().Messages == uint64(i+1) })
				}
			}
			wait.For(t, "all to have come, or to be dropped", func() bool {
				stats := b.bridge.Stats()
				return stats.Messages+stats.Dropped+stats.Conflated+hwm >= total || stats.DroppedBy["close"] > 0
			})
			must(t, feed.Publish(text("end")))

			last, received, missed := "", 0, uint64(0)
			for {
				m, err := sub.Recv(ctx)
				var gap *zmq.GapError
				if errors.As(err, &gap) {
					missed += gap.Missed
					continue
				}
				if err != nil {
					wantCode(t, err, test.end)
					break
				}
				if words(m)[0] == "end" {
					break
				}
				received++
				last = words(m)[1]
				if test.overflow == zmq.DropNewest && received == 2*hwm {
					must(t, feed.Publish(text("end"))) // the first "end" was dropped with the other messages
				}
			}
			if last != fmt.Sprint(test.last) {
				t.Errorf("the last message was %s, want %d", last, test.last)
			}
			if told := uint64(received) + missed + sub.Conflated(); test.end == core.OK && told != total && told != total+1 {
				t.Errorf("%d received, %d missed, %d conflated", received, missed, sub.Conflated())
			}
			if (test.overflow == zmq.Conflate) != (sub.Conflated() > 0) || test.overflow == zmq.Conflate && missed > 0 {
				t.Errorf("%d missed, %d conflated", missed, sub.Conflated())
			}
		})
	}
}
