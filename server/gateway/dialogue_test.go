package gateway

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// dialogue is an end of ours and the socket of a libzmq process that it talks to.
type dialogue struct {
	pair
	end  *end
	peer *Libzmq
	name string // of the socket
	said int    // number of the last thing said

	// Of a scene.
	relay   *Relay    // nil: there is none between them
	pending *Incoming // a request of the peer that has not been answered
	queued  bool      // something was said while nobody was there, and waits for the next peer
}

// probeTime is how long a probe is waited for before another is sent.
const probeTime = 100 * time.Millisecond

// converse opens both ends. The dialogue has not begun before reach.
func converse(t testing.TB, z *Libzmq, p pair, c Config, name string, options Order) *dialogue {
	t.Helper()
	talk := &dialogue{pair: p, peer: z, name: name}
	if p.bind {
		talk.end = newEnd(t, p, c, AnyPort)
		openPeer(t, z, name, p, talk.end.endpoint.Port, options)
	} else {
		openPeer(t, z, name, p, 0, options)
		talk.end = newEnd(t, p, c, z.EndpointOf(name))
	}
	return talk
}

// openPeer makes the socket of the peer in a pair. It connects to a port, or binds to one, 0 being any.
func openPeer(t testing.TB, z *Libzmq, name string, p pair, port uint16, options Order) {
	t.Helper()
	o := Order{"envelope": p.mirror().envelope()}
	if p.ours == core.ROUTER {
		o["identity"] = peerID
	}
	maps.Copy(o, options)
	z.Open(t, name, p.theirs, !p.bind, port, o)
}

// reach makes sure that messages pass, both ways where there are two: what is sent before a connection or a subscription
// is there may get lost. The last probe gets through, so nothing is on the way when reach returns.
func (c *dialogue) reach(t testing.TB) {
	t.Helper()
	Eventually(t, c.String()+" gets through", func() bool {
		c.said++
		return c.probe(t, fmt.Sprint("probe ", c.said))
	})
	if c.ours == core.REQ { // which has several connections to a ROUTER
		Eventually(t, "every request has ended", func() bool {
			c.arrived(t, "")
			return c.end.asked.Load() == c.end.ended.Load()
		})
		for len(c.end.outcomes) > 0 {
			<-c.end.outcomes // not what the test asks about
		}
	}
}

// probe says something and tells whether it has come all the way.
func (c *dialogue) probe(t testing.TB, text string) bool {
	t.Helper()
	if c.answers() {
		if !c.peer.Do(t, Order{"do": "say", "socket": c.name, "text": text}).Sent {
			return false
		}
	} else if !c.try(t, text) {
		return false
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(probeTime); time.Now().Before(until); <-tick.C {
		if c.arrived(t, text) {
			return true
		}
	}
	return false
}

// try sends a text that may get lost, but for no other reason than that the peer is away.
func (c *dialogue) try(t testing.TB, words string) bool {
	t.Helper()
	err := c.end.send(Text(words))
	switch core.CodeOf(err) {
	case core.OK:
		return true
	case core.Busy, core.Lost:
		return false
	}
	t.Fatalf("%v: %v", c.pair, err)
	return false
}

// arrived moves a text on, and tells whether it is where it should be at last.
func (c *dialogue) arrived(t testing.TB, text string) bool {
	t.Helper()
	there := func() bool {
		echo := !c.answers() && c.hears()
		return slices.Contains(c.peer.Do(t, Order{"do": "take", "socket": c.name, "echo": echo}).Texts, text)
	}
	switch {
	case !c.hears():
		return there()
	case !c.says():
		return c.here(text)
	case c.answers():
		return c.answer(t, text) && there()
	}
	there()
	return c.here(text)
}

// here takes what has come, and tells whether a text is among it.
func (c *dialogue) here(text string) (found bool) {
	for {
		select {
		case m := <-c.end.in:
			found = found || string(m[len(m)-1]) == text
		default:
			return found
		}
	}
}

// answer sends back what has come, and tells whether a text was.
func (c *dialogue) answer(t testing.TB, text string) bool {
	t.Helper()
	for {
		select {
		case m := <-c.end.in:
			c.try(t, string(m[len(m)-1]))
		default:
			return true
		}
	}
}

// say sends a payload to the peer, and listen from it. They want it to arrive, as it was and next.
func (c *dialogue) say(t testing.TB, p payload) {
	t.Helper()
	if err := c.end.send(p.message()); err != nil {
		t.Fatal(err)
	}
	c.peer.Do(t, Order{"do": "receive", "socket": c.name, "payload": p.name})
}

func (c *dialogue) listen(t testing.TB, p payload) {
	t.Helper()
	c.peer.Do(t, Order{"do": "send", "socket": c.name, "payload": p.name})
	WantMessage(t, Await(t, "a message", c.end.in), p.message())
}

// exchange sends a payload in every direction there is.
func (c *dialogue) exchange(t testing.TB, p payload) {
	t.Helper()
	if c.answers() && c.hears() {
		c.listen(t, p)
	}
	if c.says() {
		c.say(t, p)
	}
	if !c.answers() && c.hears() {
		c.listen(t, p)
	}
}

// wantRefused sends what is no message or too large, and wants the code for that. A REP has to be asked first, and what it
// cannot answer in one way it can still answer in another.
func (c *dialogue) wantRefused(t testing.TB, m core.Message, want core.Code) {
	t.Helper()
	if c.ours != core.REP {
		WantCode(t, c.end.refuse(m), want)
		return
	}
	c.peer.Do(t, Order{"do": "say", "socket": c.name, "text": "well?"})
	Await(t, "a request", c.end.in)
	in := Await(t, "a request", c.end.requests)
	WantCode(t, in.Reply(m), want)
	WantCode(t, in.Reply(Text("sorry")), core.OK)
	Eventually(t, "answered", func() bool {
		return slices.Contains(c.peer.Do(t, Order{"do": "take", "socket": c.name}).Texts, "sorry")
	})
}
