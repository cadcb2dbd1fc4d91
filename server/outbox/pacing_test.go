package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestRate: 20 a second of what comes at 1 kHz, the newest each time, and always the last.
func TestRate(t *testing.T) {
	for _, o := range overflows() {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, settings{})
			r.subscribe(1, "", o, 50*time.Millisecond)
			r.grant(1 << 20)
			var said strings.Builder
			var at []time.Duration
			for i := range 3000 {
				r.publish(fmt.Sprintf("a=%d", i))
				if words := r.sent(); words != "" {
					fmt.Fprintln(&said, words)
					at = append(at, r.now)
					if !strings.HasSuffix(words, fmt.Sprintf("a=%d", i)) {
						t.Fatalf("%q is not the newest at %d", words, i)
					}
				}
				r.now += time.Millisecond
			}
			for i := 20; i < len(at); i++ {
				if at[i]-at[i-20] < time.Second {
					t.Fatalf("21 messages in %v", at[i]-at[i-20])
				}
			}
			r.now += 50 * time.Millisecond
			r.expect("[1 ok 48] a=2999")
			delivered, missing := sum(said.String())
			if delivered != 60 || delivered+missing["ok"]+49 != 3000 {
				t.Errorf("%d were delivered and %d conflated", delivered, missing["ok"])
			}
			r.empty()
			r.counted(3000-61, nil)
		})
	}
}

// TestRateGoesRound: topics take turns, so that a busy one does not keep the others away.
func TestRateGoesRound(t *testing.T) {
	r := newRig(t, settings{})
	r.subscribe(1, "", core.OverflowDefault, 100*time.Millisecond)
	r.grant(100)
	r.publish("a=1")
	r.expect("a=1")
	for i := 2; i < 8; i++ {
		r.publish(fmt.Sprintf("a=%d b=%d c=%d", i, i, i))
		r.expect("")
		r.now += 100 * time.Millisecond
		want := map[int]string{2: "a=2", 3: "[1 ok 2] b=3", 4: "[1 ok 2] c=4", 5: "[1 ok 2] a=5", 6: "[1 ok 2] b=6", 7: "[1 ok 2] c=7"}[i]
		r.expect(want)
	}
	r.now += 100 * time.Millisecond
	r.expect("a=7")
	r.now += 100 * time.Millisecond
	r.expect("b=7")
	r.now += time.Hour
	r.expect("")
	r.empty()
}

// TestRateAndCredit: what has its time and no credit goes on being conflated, and is the newest when credit comes.
func TestRateAndCredit(t *testing.T) {
	r := newRig(t, settings{})
	r.subscribe(1, "a", core.OverflowDefault, 50*time.Millisecond)
	r.subscribe(2, "b", core.OverflowDefault, none)
	r.grant(1)
	r.publish("a=1 a=2")
	r.expect("[1 ok 1] a=2")
	r.publish("a=3")
	r.now += time.Second
	r.expect("")
	r.publish("a=4 b=1")
	r.expect("")
	r.grant(1)
	r.expect("[1 ok 1] a=4")
	r.grant(10)
	r.expect("b=1")
	r.publish("a=5")
	r.expect("") // a full interval after a=4, not after the time that one had
	r.now += 50 * time.Millisecond
	r.expect("a=5")
}

// TestWriterSleepsUntilTheEarliestLane: that, or the engine's next deadline.
func TestWriterSleepsUntilTheEarliestLane(t *testing.T) {
	r := newRig(t, settings{})
	r.grant(100)
	idle := r.due()
	for i, interval := range []int{300, 100, 200} {
		r.subscribe(uint64(i+1), string(rune('a'+i)), core.OverflowDefault, time.Duration(interval)*time.Millisecond)
	}
	r.publish("a=1 b=1 c=1 a=2 b=2 c=2")
	r.expect("[1 ok 1] a=2 [2 ok 1] b=2 [3 ok 1] c=2")
	if got := r.due(); got != idle {
		t.Errorf("nothing waits, and the writer is woken at %v", got)
	}
	r.publish("a=3 b=3 c=3")
	for _, want := range []struct {
		at   int
		sent string
	}{{100, "b=3"}, {200, "c=3"}, {300, "a=3"}} {
		r.expect("")
		if got := r.due(); got != time.Duration(want.at)*time.Millisecond {
			t.Errorf("the writer is woken at %v, want %d ms", got, want.at)
		}
		r.now = r.due()
		r.expect(want.sent)
	}
	r.empty()
}

func TestRateHasTopicsUpToTheHWM(t *testing.T) {
	for o, want := range map[core.Overflow]string{
		core.OverflowDefault: "[1 busy 2] c=1", // what has waited longest goes
		core.DropNewest:      "a=2",
		core.CloseSlow:       "Closed:busy",
	} {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, settings{hwm: 2})
			r.subscribe(1, "", o, 50*time.Millisecond)
			r.grant(100)
			r.publish("a=1")
			r.expect("a=1")
			r.publish("a=2 b=1 c=1 d=1")
			r.now += 50 * time.Millisecond
			r.expect(want)
		})
	}
}
