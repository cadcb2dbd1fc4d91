package outbox

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestLossAtTheTail is told when what waited has been sent: the next message may come tomorrow.
func TestLossAtTheTail(t *testing.T) {
	r := newRig(t, settings{hwm: 2})
	r.subscribe(1, "", core.DropNewest, none)
	r.publish("a=1 a=2 a=3 a=4")
	r.grant(1)
	r.expect("a=1")
	r.grant(1)
	r.expect("a=2 [1 busy 2]")
	r.grant(1)
	r.publish("a=5")
	r.expect("a=5")
}

// TestLossOfALaneThatIsEmpty: what other lanes leave no room for is told too, once, when there is room again.
func TestLossOfALaneThatIsEmpty(t *testing.T) {
	r := newRig(t, settings{hwm: 10, limit: cost(2)})
	r.subscribe(1, "a", core.DropNewest, none)
	r.subscribe(2, "b", core.DropNewest, none)
	r.publish("a=1 a=2 b=1 b=2")
	r.expect("")
	r.publish("b=3")
	r.grant(1)
	r.expect("a=1 [2 busy 3]")
	r.grant(1)
	r.expect("a=2")
	r.empty()
}
