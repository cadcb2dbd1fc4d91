package coretest

import (
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// climate is what one simulation is like. Each seed has its own, so that among many every mixture comes up: a fault that
// hides behind another in one has the stage to itself in the next.
type climate struct {
	heartbeat, retain time.Duration
	window            int // of the sessions, in bytes
	messages, bytes   int // windows of the pages' sockets
	hwm               int // of the bridge's and the pages' sockets
	queue             int // bytes a page may queue while it is cut
	payload           int // bytes of the largest message
	latency           time.Duration
	capacity          int           // bytes a pipe takes before its writer has to wait
	rest              time.Duration // a slow writer's pause between two batches
	history           int           // messages a feed keeps
	held              bool          // the bridge hands nothing to a session that is cut, and keeps it in its own queues

	fragile    int // percent of the handshakes that are cut
	impatience int // percent of the dials that are given up before they are answered

	act, publish, faults time.Duration // mean times between two
	weights              [faultCount]int
	consume              time.Duration // how slow consumers are
}

func newClimate(r *rand.Rand) climate {
	oneOf := func(ms ...int) int { return ms[r.IntN(len(ms))] }
	millis := func(ms ...int) time.Duration { return time.Duration(oneOf(ms...)) * time.Millisecond }
	c := climate{
		heartbeat:  millis(2000, 5000, 15000),
		retain:     millis(0, 1000, 5000, 20000, 60000, 60000, 60000, 60000),
		window:     oneOf(1000, 20_000, 200_000, 4<<20),
		messages:   oneOf(1, 2, 10, 100),
		bytes:      oneOf(100, 5000, 1<<20),
		hwm:        oneOf(1, 5, 50),
		queue:      oneOf(2000, 1<<20, 16<<20),
		payload:    oneOf(40, 40, 2000, 150_000),
		latency:    millis(1, 20, 200),
		capacity:   oneOf(500, 50_000, 1<<20),
		rest:       millis(0, 0, 0, 30, 700),
		history:    oneOf(1, 20, 1000),
		held:       r.IntN(2) == 0,
		fragile:    oneOf(0, 0, 10, 50),
		impatience: oneOf(0, 0, 10, 40),
		act:        millis(20, 100, 500),
		publish:    millis(10, 50, 300),
		faults:     millis(300, 2000, 10_000),
		consume:    millis(0, 10, 400),
	}
	for f := range c.weights {
		c.weights[f] = oneOf(0, 1, 1, 5)
	}
	return c
}

func (c *climate) clientConfig(user string) core.ClientConfig {
	return core.ClientConfig{Credentials: []byte(user), Agent: "page", MaxMessage: 1 << 20, RequestTimeout: 10 * time.Second,
		WindowMessages: c.messages, WindowBytes: c.bytes, HWM: c.hwm, MaxQueued: c.queue}
}

func (c *climate) sessionConfig() core.SessionConfig {
	return core.SessionConfig{Bridge: true, MaxMessage: 1 << 20, Heartbeat: c.heartbeat, Window: c.window, Agent: "bridge"}
}
