package receiving

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
)

// TestReplayMeetsWhatComes: in whatever order reading the past and the arrival of news fall, each message is taken once,
// from one of them.
func TestReplayMeetsWhatComes(t *testing.T) {
	handle := newScene(t).handle
	for _, test := range []struct {
		script string // "5": message 5 comes; "read 5": the replay has read up to it, and there is no more
		want   string // the messages that are taken when they come, and the phase at the end
	}{
		{"1 2", " replaying"},
		{"read 2", " live"},
		{"read 2 3 4", "3 4 live"},
		{"read 2 1 2 3", "3 live"}, // read from the history before they were handed over
		{"1 2 3 read 2", " replaying"},
		{"1 2 3 read 2 4 read 3", " replaying"},
		{"1 2 3 read 2 4 read 4 5", "5 live"},
		{"3 read 5 4 5 6", "6 live"},
	} {
		d := &Inflow{Handle: handle, standing: standing{number: 1, held: true, phase: replaying, placed: true, reading: handle.Charge(account.Replays)}}
		d.past = newFeed(pubsub.Options{}).Attach(d)
		var taken []string
		words := strings.Fields(test.script)
		for i := 0; i < len(words); i++ {
			var offset uint64
			if words[i] == "read" {
				i++
				fmt.Sscan(words[i], &offset)
				meet(d, offset)
				continue
			}
			fmt.Sscan(words[i], &offset)
			var b burst.Builder
			b.Add(core.Message{[]byte(words[i])}, offset, 0)
			d.Lock()
			if len(d.takes(b.Take().Whole())) > 0 {
				taken = append(taken, words[i])
			}
			d.Unlock()
		}
		phase := map[phase]string{holding: "holding", replaying: "replaying", live: "live"}[d.phase]
		if got := strings.Join(taken, " ") + " " + phase; got != test.want {
			t.Errorf("%s: taken %s, want %s", test.script, got, test.want)
		}
	}
}

// TestReplayWaitsWithItsGap: it does not end before the gap was told.
func TestReplayWaitsWithItsGap(t *testing.T) {
	handle := newScene(t).handle
	d := &Inflow{Handle: handle, standing: standing{number: 1, phase: replaying, gap: &core.Frame{}, reading: handle.Charge(account.Replays)}}
	if meet(d, 7); d.phase != replaying {
		t.Error("it ended")
	}
	d.gap = nil
	if meet(d, 7); d.phase != live || d.reached != 7 {
		t.Errorf("phase %d, reached %d", d.phase, d.reached)
	}
}

func meet(d *Inflow, offset uint64) {
	d.Lock()
	defer d.Unlock()
	d.meet(offset)
}
