package pubsub

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// only is one message that came alone.
func only(text string) burst.Part {
	var b burst.Builder
	b.Add(Text(text), 0, 0)
	return b.Take().Whole()
}

func TestCatchUpKeepsTheOrder(t *testing.T) {
	var c catchUp
	var got []string
	deliver := func(p burst.Part) {
		text := string(p.Body(0).Topic())
		got = append(got, text)
		if text == "old" && !c.defers(only("new")) {
			t.Error("a new message overtakes the last values")
		}
	}
	c.begin()
	c.run([]burst.Part{only("old"), only("older")}, deliver)
	if s := strings.Join(got, " "); s != "old older new" {
		t.Errorf("delivered %q", s)
	}
	if c.defers(only("later")) {
		t.Error("it still holds back when all is through")
	}
}
