package gateway

import (
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestLastValuesComeAtOnce(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	c := quick()
	c.LastValues = 100
	g := newSub(t, newTestFactory(t, c), pub.Endpoint())
	first, _ := attach(t, g, "")
	for _, m := range [][]string{{"fx.EURUSD", "1"}, {"fx.EURUSD", "2"}, {"time", "12:00"}, {"fx.GBPUSD", "3"}} {
		pub.Tell(m)
		first.next(t, m...)
	}

	late := make(inbox, 100)
	x := g.Attach(late)
	t.Cleanup(x.Close)
	x.Subscribe([]byte("fx."), nil)
	late.next(t, "fx.EURUSD", "2") // without a word from the publisher
	late.next(t, "fx.GBPUSD", "3")
	x.Subscribe([]byte("fx.EUR"), nil) // brought by fx. already
	x.Subscribe([]byte(""), nil)
	late.next(t, "time", "12:00")
	pub.Tell([]string{"time", "12:01"})
	late.next(t, "time", "12:01")
}

// TestLastValuesAreNotStale: when nobody is subscribed to a topic any more its value is not the last one for long.
func TestLastValuesAreNotStale(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	c := quick()
	c.LastValues = 100
	g := newSub(t, newTestFactory(t, c), pub.Endpoint())
	first, x := attach(t, g, "a", "b")
	pub.Tell([]string{"a", "1"})
	first.next(t, "a", "1")
	pub.Tell([]string{"b", "1"})
	first.next(t, "b", "1")
	x.Unsubscribe([]byte("a"))

	late, _ := attach(t, g, "a", "b")
	late.next(t, "b", "1")
	pub.Tell([]string{"a", "2"})
	late.next(t, "a", "2")
}
