package pubsub

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestCatchUpKeepsTheOrder(t *testing.T) {
	c := newCatchUp(nil)
	var got []string
	deliver := func(v value) {
		got = append(got, string(v.message[0]))
		if string(v.message[0]) == "old" && !c.defers(value{message: Text("new")}) {
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

// strict is a subscriber for whom only so many bytes may wait.
type strict struct {
	room, most, held int
	c                *catchUp
	got              []string
}

func (s *strict) Deliver(core.Message, core.Body) {}

func (s *strict) Waits(bytes int) bool {
	if s.held+bytes > s.room {
		return false
	}
	s.held += bytes
	s.most = max(s.most, s.held)
	return true
}

// TestCatchUpIsBounded: what waits is counted, what there is no room for is dropped, and nothing is left over.
func TestCatchUpIsBounded(t *testing.T) {
	fresh := value{message: Text("new"), body: core.EncodeBody(Text("new"))}
	s := &strict{room: 3*fresh.cost() + 10}
	s.c = newCatchUp(s)
	deliver := func(v value) {
		if s.got = append(s.got, string(v.message[0])); s.got[len(s.got)-1] == "old" {
			for range 5 {
				s.c.defers(fresh)
			}
		}
	}
	s.c.begin()
	s.c.run([]value{{message: Text("old")}}, deliver)
	if got := strings.Join(s.got, " "); got != "old new new new" || s.held != 0 || s.most != 3*fresh.cost() {
		t.Errorf("delivered %q; %d bytes waited, %d are left", got, s.most, s.held)
	}
	if s.c.defers(fresh) || s.held != 0 {
		t.Error("it still holds back when all is through")
	}
}
