package attack

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestOpensArePaced: whoever opens and closes endpoints all the time waits, and whoever goes on without end is disconnected.
func TestOpensArePaced(t *testing.T) {
	t.Parallel()
	b := start(t, "addresses:\n  - {types: [REQ], address: 'tcp://127.0.0.1:1'}\n", nil)
	open := func(first, count uint32) (frames []core.Frame) {
		for socket := first; socket < first+count; socket++ {
			frames = append(frames, core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")},
				core.Frame{Kind: core.KindClose, Socket: socket})
		}
		return append(frames, core.Frame{Kind: core.KindPing, ID: 1})
	}
	v := b.door().Join()
	if v == nil {
		t.Fatal("there is no bridge")
	}
	defer v.Close()
	began := time.Now()
	v.Say(open(1, 500)...)
	v.Hear(core.KindPong) // all of it was handled, and is to be paid for
	v.Say(core.Frame{Kind: core.KindPing, ID: 2})
	for f := v.Hear(core.KindPong); f == nil || f.ID != 2; f = v.Hear(core.KindPong) {
		if f == nil {
			t.Fatal("it is disconnected: ", v.End())
		}
	}
	if took := time.Since(began); took < 500*time.Millisecond { // for 250 more than may be at once
		t.Errorf("500 endpoints took %v", took)
	}
	if b.metric(`zwb_limit_hits_total{limit="rate"}`) == 0 {
		t.Error("it is not counted")
	}
	v.Say(open(1000, 6000)...)
	if end := v.AwaitEnd(); end == nil || end.Close != core.CloseOverloaded {
		t.Errorf("6000 at once: %v", end)
	}
}
