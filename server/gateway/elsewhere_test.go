package gateway

import (
	"context"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestLastValuesOfOthers: what another bridge has heard comes once the prefix is live, to all who have subscribed and to those who come later. What was
// heard here counts more.
func TestLastValuesOfOthers(t *testing.T) {
	t.Parallel()
	pub := StartPython(t, "pub")
	c := quick()
	c.LastValues = 100
	var mu sync.Mutex
	asked, answer := []string{}, make(chan struct{})
	c.LastElsewhere = func(_ context.Context, endpoint core.Endpoint, prefix string) []core.Body {
		mu.Lock()
		asked = append(asked, prefix)
		mu.Unlock()
		if endpoint != pub.Endpoint() {
			t.Errorf("it asks for %v", endpoint)
		}
		<-answer
		return []core.Body{core.EncodeBody(core.Message{[]byte("fx.EURUSD"), []byte("old")}), core.EncodeBody(core.Message{[]byte("fx.GBPUSD"), []byte("old")}),
			core.EncodeBody(core.Message{[]byte("time"), []byte("nobody has asked for it")})}
	}
	f := newTestFactory(t, c)
	g := newSub(t, f, pub.Endpoint())
	first, _ := attach(t, g, "fx.")
	second, _ := attach(t, g, "fx.EUR", "fx.")
	pub.Tell([]string{"fx.EURUSD", "new"})
	first.next(t, "fx.EURUSD", "new")
	second.next(t, "fx.EURUSD", "new")
	close(answer)
	first.next(t, "fx.GBPUSD", "old")
	second.next(t, "fx.GBPUSD", "old")
	late := make(inbox, 100)
	x := g.Attach(late)
	t.Cleanup(x.Close)
	x.Subscribe([]byte("fx."), nil)
	late.next(t, "fx.GBPUSD", "old")
	late.next(t, "fx.EURUSD", "new")
	pub.Tell([]string{"fx.GBPUSD", "newer"})
	for _, in := range []inbox{first, second, late} {
		in.next(t, "fx.GBPUSD", "newer")
	}
	values := f.LastValues(pub.Endpoint(), "fx.", 1000)
	if len(values) != 2 || string(values[1].Topic()) != "fx.GBPUSD" || len(f.LastValues(pub.Endpoint(), "fx.", len(values[1]))) != 1 || f.LastValues(core.Endpoint{Name: "other"}, "", 1000) != nil {
		t.Errorf("it says to others: %q", values)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 2 {
		t.Errorf("it has asked for %q", asked)
	}
}
