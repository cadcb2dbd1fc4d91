//go:build !js

package zmq_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// A PUSH gives its messages in turn to whoever is connected. While a bridge that drains keeps the session of a client that has
// come to another bridge, every second message is lost, behind the gap that the client reports.

// replacement is a client with a PULL on the first of two bridges, and the PUSH that it is connected to.
type replacement struct {
	t             *testing.T
	road          *road
	first, second *realBridge
	client        *zmq.Context
	pull          *zmq.Socket
	backends      *gateway.Factory
	push          *gateway.Port
}

func newReplacement(t *testing.T) *replacement {
	t.Helper()
	r := &replacement{t: t, road: newRoad(t), first: startBridge(t, server.Config{}), second: startBridge(t, server.Config{}), backends: backends(t)}
	r.road.lead(r.first.addr)
	var err error
	r.push, err = r.backends.Port(core.PUSH, anyPort, gateway.PortOptions{Bind: true})
	must(t, err)
	r.client, err = zmq.Dial(t.Context(), r.road.url(), zmq.Options{BackoffMin: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond})
	must(t, err)
	t.Cleanup(r.client.Close)
	r.pull = r.client.Socket(zmq.PULL)
	must(t, r.pull.Connect(r.push.Endpoint().String(), nil))
	must(t, r.pull.Ready(patient(t)))
	return r
}

// drain asks the client to leave the first bridge, which ends with the test, not before.
func (r *replacement) drain() {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		r.first.bridge.Drain(r.t.Context(), time.Hour)
	}()
	r.t.Cleanup(func() { <-drained })
}

func (r *replacement) awaitDraining() {
	r.t.Helper()
	for status := range r.client.Watch(patient(r.t)) {
		if status.State == zmq.Draining {
			return
		}
	}
}

// awaitConnected waits until the bridges, 0 or 1 each, are connected to the PUSH by their own account and by its.
func (r *replacement) awaitConnected(first, second int64) {
	r.t.Helper()
	wait.For(r.t, "as many links to be up", func() bool {
		return r.first.bridge.Stats().Gateway.LinksUp == first && r.second.bridge.Stats().Gateway.LinksUp == second &&
			r.backends.Stats().PeersUp == first+second
	})
}

// deliver sends messages and receives all of them.
func (r *replacement) deliver() {
	r.t.Helper()
	const count = 100
	for i := range count {
		must(r.t, r.push.Send(text(fmt.Sprint(i)), nil))
	}
	for i := range count {
		m, err := r.pull.Recv(patient(r.t))
		must(r.t, err)
		wantWords(r.t, m, fmt.Sprint(i))
	}
}

// wantGap is the report of what the first bridge took along.
func (r *replacement) wantGap() {
	r.t.Helper()
	_, err := r.pull.Recv(patient(r.t))
	wantCode(r.t, err, core.Lost)
}

func TestBridgeThatDrainsGivesUpWhoIsCut(t *testing.T) {
	r := newReplacement(t)
	r.road.lead(nowhere)
	r.drain()
	r.awaitDraining()
	r.road.cut()
	r.awaitConnected(0, 0)
	r.road.lead(r.second.addr)
	r.awaitConnected(0, 1)
	r.wantGap()
	r.deliver()
}

func TestBridgeThatDrainsGivesUpWhoWasCutBefore(t *testing.T) {
	r := newReplacement(t)
	r.road.lead(r.second.addr)
	r.road.cut()
	r.awaitConnected(1, 1)
	r.drain()
	r.awaitConnected(0, 1)
	r.wantGap()
	r.deliver()
}

// TestBridgeThatDrainsKeepsWhoComesBack: the client has another WebSocket before the bridge has noticed the end of the last.
func TestBridgeThatDrainsKeepsWhoComesBack(t *testing.T) {
	r := newReplacement(t)
	r.drain()
	r.awaitDraining()
	events, stop := context.WithCancel(patient(t))
	defer stop()
	happened := r.client.Events(events)
	r.road.abandon()
	for e := range happened {
		if e.Kind == zmq.EventResumed {
			break
		}
		if e.Kind == zmq.EventReset {
			t.Fatal("the session was given up: ", e.Err)
		}
	}
	r.deliver()
}
