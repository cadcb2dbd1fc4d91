package proxy

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/race"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// sink is a client that can say the same again and again, and whose network takes everything at once and keeps nothing, so that
// what is allocated is the bridge's.
type sink struct {
	*sessiontest.Client
	again   chan []byte
	quiet   atomic.Bool
	written chan struct{} // holds a token when something was written
	bytes   atomic.Int64

	together [1][]byte
}

// ReadTogether makes it a session.Reader, which brings several messages at once as the real one does.
func (c *sink) ReadTogether(ctx context.Context) (batches [][]byte, err error) {
	if !c.quiet.Load() {
		batch, err := c.Read(ctx)
		return [][]byte{batch}, err
	}
	select {
	case batch := <-c.again:
		c.together[0] = batch
		return c.together[:], nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *sink) TryWrite(pieces [][]byte) (sent bool, err error) {
	if !c.quiet.Load() {
		return true, c.Write(context.Background(), bytes.Join(pieces, nil))
	}
	for _, p := range pieces {
		c.bytes.Add(int64(len(p)))
	}
	select {
	case c.written <- struct{}{}:
	default:
	}
	return true, nil
}

func (c *sink) Finish(time.Duration) error { return nil }

// hush makes the client one of few words. The last of its frames is a Ping, so that the bridge has handled the others.
func (c *sink) hush(frames ...core.Frame) {
	c.Send(append(frames, core.Frame{Kind: core.KindPing, ID: 1})...)
	c.Await(core.KindPong)
	c.quiet.Store(true)
	c.Send(core.Frame{Kind: core.KindPong, ID: 1}) // ends the Read that has begun
}

// basin is a bridge with sinks as clients, and a publisher that says nothing, so that there is one to subscribe to. What the
// sinks get comes from a feed.
type basin struct {
	t         testing.TB
	bridge    *sessiontest.Bridge
	publisher *backend.Publisher
	made      chan *socket
}

func newBasin(t testing.TB) *basin {
	const wait = time.Minute
	gateways := gateway.NewFactory(gateway.Config{})
	t.Cleanup(gateways.Close)
	proxies := New(Config{Limits: Limits{MaxSubscriptions: 10_000, HWM: 100}, MaxEndpoints: 10, MaxPrefixBytes: 1 << 20, MaxPending: 10, RequestTimeout: wait,
		MaxRequestTimeout: wait, Heartbeat: wait, Linger: time.Second}, rules{}, gateways)
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	b := &basin{t: t, publisher: publisher, made: make(chan *socket, 10)}
	b.bridge = sessiontest.NewBridge(t, func(h *session.Handle, open *core.Frame) session.Socket {
		k := proxies.NewSocket(h, open)
		b.made <- k.(*socket)
		return k
	})
	return b
}

func (b *basin) sink() *sink {
	c := &sink{Client: sessiontest.New(b.t), again: make(chan []byte), written: make(chan struct{}, 1)}
	go b.bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	return c
}

// subscribe opens a SUB that takes everything, and adds it to a feed.
func (b *basin) subscribe(c *sink, number uint32, feed *pubsub.Feed) {
	b.t.Helper()
	c.Send(core.Frame{Kind: core.KindOpen, Socket: number, ID: 1, Type: core.SUB, Messages: core.MaxCredit, Bytes: core.MaxCredit, Text: []byte(b.publisher.Endpoint())},
		core.Frame{Kind: core.KindSubscribe, Socket: number, ID: 1})
	c.Await(core.KindSubscribed)
	if err := feed.Attach((<-b.made).proxy.(*subProxy).inflow(1)).Subscribe(nil, nil); err != nil {
		b.t.Fatal(err)
	}
}

func newFeed() *pubsub.Feed {
	config := zmtp.Config{}.WithDefaults()
	return pubsub.NewFeed(&config, pubsub.Options{})
}

// copiesPerDelivery is how many allocations a session makes for a delivery besides: a small message that comes alone is copied
// into its journal, which takes memory for several of them at a time. It refers to larger ones where they are. To refer to small
// ones, too, saves nothing: the list of references allocates as often, because it grows.
var copiesPerDelivery = map[int]float64{64: 1. / 7, 1024: 0}

// lostPerDelivery is how many more there may be where the race detector has pools lose what is to be used again, of which there are two.
var lostPerDelivery = map[bool]float64{false: 0, true: 1}[race.On]

// TestAllocationsOfADelivery: to an idle session nothing is allocated but the block, which all who get the message share.
func TestAllocationsOfADelivery(t *testing.T) {
	for _, size := range []int{64, 1024} {
		for _, receivers := range []int{1, 30} {
			t.Run(fmt.Sprintf("%d bytes to %d", size, receivers), func(t *testing.T) {
				m := core.Message{make([]byte, size)}
				block := testing.AllocsPerRun(1000, func() {
					var b burst.Builder
					b.Add(m, 0, 0)
					b.Take()
				})
				b, feed := newBasin(t), newFeed()
				clients := make([]*sink, receivers)
				for i := range clients {
					clients[i] = b.sink()
					b.subscribe(clients[i], 1, feed)
					clients[i].hush()
				}
				deliver := func() { feed.Receive(m) }
				for range 100 {
					deliver()
				}
				for _, c := range clients { // until then the goroutine may write that has begun with the answers
					wait.For(t, "the first ones have come", func() bool { return c.bytes.Load() >= 100*int64(size) })
				}
				got := testing.AllocsPerRun(1000, deliver)
				t.Logf("%v allocations, of which the block is %v", got, block)
				if got > block+(copiesPerDelivery[size]+lostPerDelivery)*float64(receivers) {
					t.Errorf("%v allocations, of which the block is %v", got, block)
				}
				for _, c := range clients {
					if c.bytes.Load() < 1101*int64(size) {
						t.Fatalf("a client has got %d bytes", c.bytes.Load())
					}
				}
			})
		}
	}
}

// allocationsOfARequest is what a request's round trip allocates: nothing, unless the race detector has pools lose what is to be used again.
var allocationsOfARequest = map[bool]float64{false: 0, true: 1}[race.On]

// TestAllocationsOfARequest: from the WebSocket to a REP, over TCP, and back.
func TestAllocationsOfARequest(t *testing.T) {
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(echo.Close)
	b := newBasin(t)
	c := b.sink()
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte(echo.Endpoint())})
	c.Await(core.KindOpened)
	c.hush()
	batch := core.AppendFrame(nil, &core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{make([]byte, 64)}})
	roundTrip := func() {
		c.again <- batch
		select {
		case <-c.written:
		case <-t.Context().Done():
		}
	}
	for range 100 {
		roundTrip()
	}
	got := testing.AllocsPerRun(2000, roundTrip)
	t.Logf("%v allocations", got)
	if got > allocationsOfARequest {
		t.Errorf("%v allocations, want at most %v", got, allocationsOfARequest)
	}
}
