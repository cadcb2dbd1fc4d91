package stream_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// counter is a subscriber that counts.
type counter struct{ messages atomic.Int64 }

// Deliver implements gateway.Subscriber.
func (c *counter) Deliver(p burst.Part) { c.messages.Add(int64(p.Count())) }

// BenchmarkIngest is what one feed takes: from a publisher over ZMTP into a stream on one NATS server, and from there to a subscriber of
// the bridge. All three share the machine. A message has a topic of 8 bytes and 100 bytes of payload.
func BenchmarkIngest(b *testing.B) {
	nats := natstest.Start(b, 1)
	pub := startPublisher(b)
	bridge := startBridge(b, nats.URLs(), pub.Endpoint())
	bridge.listen(b, "never")
	c := new(counter)
	subscription := bridge.feed.Attach(c)
	defer subscription.Close()
	if err := subscription.Subscribe(nil, nil); err != nil {
		b.Fatal(err)
	}
	m := core.Message{[]byte("TOPIC.01"), make([]byte, 100)}
	const ahead = 20_000 // messages that are under way
	b.ResetTimer()
	for n := range b.N {
		for int64(n)-c.messages.Load() > ahead {
			time.Sleep(100 * time.Microsecond) // the publisher would drop what is more
		}
		if err := pub.Publish(m); err != nil {
			b.Fatal(err)
		}
	}
	for until := time.Now().Add(time.Minute); c.messages.Load() < int64(b.N); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			b.Fatalf("%d of %d messages came", c.messages.Load(), b.N)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkOneByOne is how long a message takes from the publisher by way of the stream to a subscriber of the bridge, if nothing else
// is under way.
func BenchmarkOneByOne(b *testing.B) {
	nats := natstest.Start(b, 1)
	pub := startPublisher(b)
	bridge := startBridge(b, nats.URLs(), pub.Endpoint())
	bridge.listen(b, "never")
	c := make(arrivals, 1)
	subscription := bridge.feed.Attach(c)
	defer subscription.Close()
	if err := subscription.Subscribe(nil, nil); err != nil {
		b.Fatal(err)
	}
	m := core.Message{[]byte("TOPIC.01"), make([]byte, 100)}
	for b.Loop() {
		b.StopTimer()
		time.Sleep(10 * time.Millisecond) // what follows at once would be stored together with what does the same
		b.StartTimer()
		if err := pub.Publish(m); err != nil {
			b.Fatal(err)
		}
		select {
		case <-c:
		case <-time.After(time.Minute):
			b.Fatal("it does not come")
		}
	}
}

// arrivals is a subscriber that tells of each message.
type arrivals chan struct{}

// Deliver implements gateway.Subscriber.
func (c arrivals) Deliver(burst.Part) { c <- struct{}{} }
