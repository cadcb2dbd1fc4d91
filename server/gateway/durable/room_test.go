package durable

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// scarce is a portion that has so many bytes.
type scarce struct {
	most, held int64
	left       bool
}

// Hold implements history.Portion.
func (s *scarce) Hold(bytes int64) int64 {
	s.held = bytes
	return max(0, bytes-s.most)
}

// Leave implements history.Portion.
func (s *scarce) Leave() { s.held, s.left = 0, true }

// TestTooSlowStore: what the store does not take in time is dropped, counted, and told where it is missing.
func TestTooSlowStore(t *testing.T) {
	const size, messages, fit = 1 << 10, 100, 40
	cost := int64(size + itemPlace)
	for _, test := range []struct {
		name  string
		room  Room
		leads bool
		want  uint64
	}{
		{"by its own bound", Room{Bytes: fit * cost}, true, messages - fit},
		{"by that of all", Room{Portion: &scarce{most: fit * cost}}, true, messages - fit},
		{"what a standby drops", Room{Bytes: fit * cost}, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.room.Counters = new(Counters)
			r := newRecent(test.room)
			r.lead(test.leads, 0)
			for range messages {
				r.hear([]core.Body{make(core.Body, size)})
			}
			n := test.room.Counters
			if held := n.Bytes.Load(); held > (fit+settleStep/size+1)*cost || held != r.held() {
				t.Errorf("it holds %d bytes, and %d are counted", r.held(), held)
			}
			if got := n.Unstored.Load(); got > test.want || got+settleStep/size+1 < test.want {
				t.Errorf("%d were not stored, and it should be about %d", got, test.want)
			}
			if bodies, m, last := r.from(1); len(bodies) > 0 || m == nil || m.known || last != r.first-1 {
				t.Errorf("the stream is told %d messages, %+v up to %d", len(bodies), m, last)
			}
			r.end()
			r.hear([]core.Body{make(core.Body, size)})
			if p, ok := test.room.Portion.(*scarce); n.Bytes.Load() != 0 || ok && !p.left {
				t.Errorf("after its end it holds %d bytes, %+v", n.Bytes.Load(), p)
			}
		})
	}
}
