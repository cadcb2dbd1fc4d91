//go:build !js

package zmq_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

var (
	handOvers    = flag.Int("handovers", 6, "how many TestHandOver makes of each kind")
	handOverSeed = flag.Uint64("handoverseed", 1, "of the moments at which TestHandOver cuts")
)

// within is the time that a client is given to leave a bridge.
const within = 100 * time.Millisecond

// TestHandOver: the bridge of a PULL is replaced by another, again and again, while a libzmq PUSH goes on sending. Every
// message is received once, in order, or it is missing where a gap is reported.
func TestHandOver(t *testing.T) {
	for name, trouble := range map[string]trouble{
		"undisturbed":             func(*handOver, *rand.Rand) {},
		"cut when it is asked":    cutWhenAsked,
		"cut while it leaves":     cutWhileLeaving,
		"cut while it comes back": cutWhileComing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newHandOver(t).run(trouble)
		})
	}
}

// trouble befalls the road in the middle of a hand-over.
type trouble func(h *handOver, random *rand.Rand)

func cutWhenAsked(h *handOver, _ *rand.Rand) { h.road.cut() }

// cutWhileLeaving cuts at some moment before or after the client has left by itself.
func cutWhileLeaving(h *handOver, random *rand.Rand) {
	h.awaitMore(random.Uint64N(200))
	h.road.cut()
}

// cutWhileComing cuts the first connections that the client makes to the new bridge, each as soon as it is there.
func cutWhileComing(h *handOver, _ *rand.Rand) {
	before := h.road.count()
	for n := range 3 {
		wait.For(h.t, "another connection", func() bool { return h.road.count() > before+n })
		h.road.cut()
	}
}

// handOver is a client that receives from a PUSH while its bridge is replaced.
type handOver struct {
	t      *testing.T
	road   *road
	push   *pushBackend
	bridge *realBridge
	books  handOverBooks
}

func newHandOver(t *testing.T) *handOver {
	h := &handOver{t: t, road: newRoad(t), push: startPush(t, 2000), bridge: startBridge(t, server.Config{})}
	h.road.lead(h.bridge.addr)
	return h
}

func (h *handOver) run(befall trouble) {
	t := h.t
	random := rand.New(rand.NewPCG(*handOverSeed, 0))
	c, err := zmq.Dial(t.Context(), h.road.url(), zmq.Options{BackoffMin: 50 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
	must(t, err)
	defer c.Close()
	pull := c.Socket(zmq.PULL)
	must(t, pull.Connect(h.push.address(), nil))
	receiving, stop := context.WithCancel(t.Context())
	var loop sync.WaitGroup
	loop.Go(func() { h.books.keep(receiving, pull) })
	defer loop.Wait()
	defer stop()
	h.awaitMore(1)
	for range *handOvers {
		h.replace(befall, random)
	}
	sent := h.push.stop()
	wait.For(t, "all that was sent", func() bool { return h.books.reached(sent) })
	h.books.audit(t, sent)
}

// replace starts another bridge, leads whoever connects there, and asks the client of the first one to leave. The first
// one is still there, as it were for other clients, while the second one receives.
func (h *handOver) replace(befall trouble, random *rand.Rand) {
	old := h.bridge
	h.bridge = startBridge(h.t, server.Config{})
	h.road.lead(h.bridge.addr)
	var drained sync.WaitGroup
	drained.Go(func() { old.bridge.Drain(h.t.Context(), within) })
	befall(h, random)
	drained.Wait()
	wait.For(h.t, "the client to be there", func() bool { return h.bridge.bridge.Stats().Connections == 1 })
	h.awaitMore(100)
	old.stop()
}

// awaitMore waits until so many messages have come.
func (h *handOver) awaitMore(messages uint64) {
	h.t.Helper()
	before := h.books.count()
	wait.For(h.t, "more messages", func() bool { return h.books.count() >= before+messages })
}

// handOverBooks is what the PULL got: how much, and what was missing where.
type handOverBooks struct {
	mu sync.Mutex

	received, last uint64
	gap            bool // since the last message
	gaps           int
	missed         uint64 // at gaps
	wrong          []string
}

func (b *handOverBooks) keep(ctx context.Context, pull *zmq.Socket) {
	for m, err := range pull.Messages(ctx) {
		if ctx.Err() != nil {
			return
		}
		b.enter(m, err)
	}
}

func (b *handOverBooks) enter(m zmq.Message, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var gap *zmq.GapError
	switch {
	case errors.As(err, &gap):
		b.gap = true
		b.gaps++
		return
	case err != nil:
		b.wrong = append(b.wrong, err.Error())
		return
	}
	n, _ := strconv.ParseUint(string(m[0]), 10, 64)
	switch missing := n - b.last - 1; {
	case n <= b.last:
		b.wrong = append(b.wrong, fmt.Sprintf("%d after %d", n, b.last))
	case missing > 0 && b.gap:
		b.missed += missing
	case missing > 0:
		b.wrong = append(b.wrong, fmt.Sprintf("%d-%d missing", b.last+1, n-1))
	}
	b.received++
	b.last, b.gap = n, false
}

func (b *handOverBooks) count() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.received
}

func (b *handOverBooks) reached(n uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last >= n
}

func (b *handOverBooks) audit(t *testing.T, sent uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.Logf("%d of %d received, %d missing in %d gaps", b.received, sent, b.missed, b.gaps)
	if len(b.wrong) > 0 {
		t.Errorf("without a gap, in %d places: %v", len(b.wrong), b.wrong)
	}
}
