package pubsub

import (
	"strings"
	"testing"

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
