package pubsub

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// value is the last of its topic.
func value(text string) topic.Value { return topic.Value(core.EncodeBody(Text(text))) }

// only is one message that came alone.
func only(text string) burst.Part {
	var b burst.Builder
	b.Add(Text(text), 0, 0)
	return b.Take().Whole()
}

func TestCatchUpKeepsTheOrder(t *testing.T) {
	var c catchUp
	c.forSubscriber(nil)
	var got []string
	deliver := func(p burst.Part) {
		p.Each(func(_ int, m core.Message, _ core.Body) { got = append(got, string(m[0])) })
		if got[0] == "old" && len(got) == 2 && !c.defers(only("new")) {
			t.Error("a new message overtakes the last values")
		}
	}
	c.begin()
	c.run([]topic.Value{value("old"), value("older")}, deliver)
	if s := strings.Join(got, " "); s != "old older new" {
		t.Errorf("delivered %q", s)
	}
	if c.defers(only("later")) {
		t.Error("it still holds back when all is through")
	}
}

// purse is a subscriber that has room for so many bytes to wait.
type purse struct {
	unheard
	room, messages int
}

func (p *purse) Waits(bytes, messages int) bool {
	if p.room < bytes {
		return false
	}
	p.room -= bytes
	p.messages += messages
	return true
}

// TestWaitingIsPaidFor by who waits, for as long as it waits; what there is no room for is dropped.
func TestWaitingIsPaidFor(t *testing.T) {
	const room = 1000
	p := &purse{room: room}
	var c catchUp
	c.forSubscriber(p)
	large := only(strings.Repeat("x", room))
	var got int
	c.begin()
	c.run([]topic.Value{value("last")}, func(part burst.Part) {
		got += part.Count()
		if got > 1 {
			return
		}
		if !c.defers(only("fits")) || !c.defers(large) || p.messages != 1 || room-p.room < len("fits") {
			t.Errorf("%d messages and %d bytes wait", p.messages, room-p.room)
		}
	})
	if got != 2 || p.room != room || p.messages != 0 {
		t.Errorf("%d messages came, %d and %d bytes still wait", got, p.messages, room-p.room)
	}
	if c.defers(large) || p.room != room {
		t.Error("what need not wait is charged")
	}
}
