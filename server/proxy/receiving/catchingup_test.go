package receiving

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestMissedWhileCatchingUp is told when a socket has caught up, once, unless it was closed meanwhile: nothing comes on a socket
// that the client has closed.
func TestMissedWhileCatchingUp(t *testing.T) {
	for name, closes := range map[string]bool{"an open socket": false, "a closed socket": true} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.ping(1)
			d := s.inflow(false)
			const tooMuch = 1 << 30
			if !d.Waits(100, 1) || d.Waits(tooMuch, 3) {
				t.Fatal("what fits has to wait, and what does not is missed")
			}
			if closes {
				s.Send(core.Frame{Kind: core.KindClose, Socket: 1})
			}
			s.ping(2)
			d.Waits(-100, -1)
			d.Waits(0, 0)
			var gaps []uint64
			for _, f := range append(s.ping(3), s.ping(4)...) { // an answer overtakes what goes out with it
				if f.Kind == core.KindGap {
					gaps = append(gaps, f.Messages)
				}
			}
			switch {
			case closes && len(gaps) > 0:
				t.Errorf("gaps of %v messages are told on a closed socket", gaps)
			case !closes && (len(gaps) != 1 || gaps[0] != 3):
				t.Errorf("gaps of %v messages are told, want one of 3", gaps)
			}
		})
	}
}
