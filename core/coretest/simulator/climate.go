package simulator

import (
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// climate is the set of conditions of one simulation: sizes, times and probabilities. Each seed has its own, so that among
// many seeds every mixture comes up. A fault that is hidden by another one under some conditions shows under others.
type climate struct {
	heartbeat, retain time.Duration
	window            int // window of the sessions, in bytes
	messages, bytes   int // windows of the pages' sockets
	hwm               int // HWM of the sockets, at the bridge and in the pages
	queue             int // bytes a page may queue while it is cut
	payload           int // bytes of the largest message
	latency           time.Duration
	capacity          int           // bytes that a pipe takes before its writer has to wait
	rest              time.Duration // pause of a slow writer between two batches
	history           int           // messages that a feed keeps
	held              bool          // while a session is cut, the bridge keeps messages in the sockets' queues and hands none to the engine

	pageLacks, bridgeLacks core.Capability // extensions that one end does not have, because it is older

	fragile    int // percentage of the handshakes that are cut
	impatience int // percentage of the dials that are given up before they are answered

	act, publish, faults time.Duration // mean time between two actions, publications and faults
	weights              [faultCount]int
	consume              time.Duration // mean time that a consumer takes for a message
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
	lacks := []core.Capability{0, 0, 0, core.CanDisconnect, core.CanLinger, core.CanRenew, core.CanReceipts, core.CanDisconnect | core.CanLinger | core.CanRenew | core.CanReceipts}
	c.pageLacks, c.bridgeLacks = lacks[r.IntN(len(lacks))], lacks[r.IntN(len(lacks))]
	for f := range c.weights {
		c.weights[f] = oneOf(0, 1, 1, 5)
	}
	return c
}

func (c *climate) clientConfig(credentials string) client.Config {
	return client.Config{Credentials: []byte(credentials), Agent: "page", MaxMessage: 1 << 20, RequestTimeout: 10 * time.Second,
		WindowMessages: c.messages, WindowBytes: c.bytes, HWM: c.hwm, MaxQueued: c.queue, Without: c.pageLacks}
}

func (c *climate) sessionConfig() core.SessionConfig {
	return core.SessionConfig{Bridge: true, MaxMessage: 1 << 20, Heartbeat: c.heartbeat, Window: c.window, Agent: "bridge", Without: c.bridgeLacks}
}
