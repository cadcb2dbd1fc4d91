package gateway

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
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

func TestLastValuesAreBounded(t *testing.T) {
	l := newLastValues(Config{LastValues: 3, LastValueBytes: 100})
	put := func(topic string, size int) {
		m := core.Message{[]byte(topic), []byte(strings.Repeat("x", size))}
		l.put(value{message: m, body: core.EncodeBody(m)})
	}
	kept := func(want string) {
		t.Helper()
		var topics []string
		size := int64(0)
		for _, v := range l.under("") {
			topics = append(topics, string(v.topic()))
			size += int64(len(v.body))
		}
		if got := strings.Join(topics, " "); got != want || size != l.bytes || len(l.byTopic) != len(topics) {
			t.Errorf("kept %q, want %q; %d bytes counted, %d there", got, want, l.bytes, size)
		}
	}
	for _, topic := range []string{"a", "b", "c", "a", "d"} {
		put(topic, 1)
	}
	kept("c a d") // b was silent longest
	put("e", 90)
	kept("d e") // the bytes are what counts here
	put("d", 1000)
	kept("e") // neither what is too large nor what it replaces
}

func TestCatchUpKeepsTheOrder(t *testing.T) {
	var c catchUp
	var got []string
	deliver := func(v value) {
		got = append(got, string(v.topic()))
		if string(v.topic()) == "old" && !c.defers(value{message: Text("new")}) {
			t.Error("a new message overtakes the last values")
		}
	}
	c.begin()
	c.run([]value{{message: Text("old")}, {message: Text("older")}}, deliver)
	if s := strings.Join(got, " "); s != "old older new" {
		t.Errorf("delivered %q", s)
	}
	if c.defers(value{message: Text("later")}) {
		t.Error("it still holds back when all is through")
	}
}
