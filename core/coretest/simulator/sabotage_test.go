//go:build long

package simulator_test

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator"
)

// A simulator that cannot fail proves nothing. Each of these cases breaks one thing, on the wire between two engines
// without a fault or in the bridge, and the simulator has to find it.
func TestSabotageIsFound(t *testing.T) {
	const within = 400 // number of seeds in which it has to be found; most are found within one or two, lost credentials take some 200
	wire := func(make func() func(*simulator.Passage)) func() simulator.Sabotage {
		return func() simulator.Sabotage { return simulator.Sabotage{Wire: make()} }
	}
	bridge := func(s simulator.Sabotage) func() simulator.Sabotage { return func() simulator.Sabotage { return s } }
	for _, tt := range []struct {
		name   string
		mutiny func() simulator.Sabotage
	}{
		{"a frame to the page is dropped at a resume", wire(atResume(false, dropOne))},
		{"a frame to the bridge is dropped at a resume", wire(atResume(true, dropOne))},
		{"a frame to the page is replayed twice", wire(atResume(false, repeatOne))},
		{"a frame to the bridge is replayed twice", wire(atResume(true, repeatOne))},
		{"frames to the page are replayed in another order", wire(atResume(false, swapTwo))},
		{"frames to the bridge are replayed in another order", wire(atResume(true, swapTwo))},
		{"the page acknowledges before it has handled", wire(ackMore(true))},
		{"the bridge acknowledges before it has handled", wire(ackMore(false))},
		{"the page acknowledges nothing", wire(noAcks(true))},
		{"the bridge acknowledges nothing", wire(noAcks(false))},
		{"Hello claims one frame too many", wire(claim(core.KindHello, +1))},
		{"Hello claims one frame too few", wire(claim(core.KindHello, -1))},
		{"Welcome claims one frame too many", wire(claim(core.KindWelcome, +1))},
		{"Welcome claims one frame too few", wire(claim(core.KindWelcome, -1))},
		{"credentials are lost", wire(renewals(0))},
		{"credentials come twice", wire(renewals(2))},
		{"a used token is of use", bridge(simulator.Sabotage{KeepsUsedTokens: true})},
		{"a token is forgotten before its successor was heard", bridge(simulator.Sabotage{ForgetsLastToken: true})},
		{"only the token that was presented and its successor hold", bridge(simulator.Sabotage{HoldsTwoTokens: true})},
		{"an old WebSocket is heard after its session went on", bridge(simulator.Sabotage{HearsOldConns: true})},
		{"credit is ignored", bridge(simulator.Sabotage{IgnoresCredit: true})},
		{"gaps are counted wrong", bridge(simulator.Sabotage{MiscountsGaps: true})},
		{"messages that have not come are said to have left", bridge(simulator.Sabotage{ClaimsReceipts: true})},
		{"drops are not reported", bridge(simulator.Sabotage{DropsSilently: true})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(within) {
				if f := simulator.Simulate(simulator.Settings{Seed: seed + 1, Sabotage: tt.mutiny()}); f != nil {
					if strings.HasPrefix(f.What, "panic") {
						t.Error(f.Report())
					}
					t.Logf("seed %d, step %d: %s", seed+1, f.Step, f.What)
					return
				}
			}
			t.Errorf("not found in %d seeds", within)
		})
	}
}

// splitFrames cuts a batch into its frames.
func splitFrames(batch []byte) (frames [][]byte) {
	for len(batch) > 0 {
		_, _, rest, err := core.SplitFrame(batch)
		if err != nil {
			return frames
		}
		frames = append(frames, batch[:len(batch)-len(rest)])
		batch = rest
	}
	return frames
}

func kindOf(frame []byte) core.Kind {
	kind, _, _, _ := core.SplitFrame(frame)
	return kind
}

func join(frames [][]byte) (batch []byte) {
	for _, f := range frames {
		batch = append(batch, f...)
	}
	return batch
}

// atResume calls change for the first batch of a resumed connection that has two numbered frames. second is the place of
// the second one.
func atResume(toBridge bool, change func(frames [][]byte, second int) [][]byte) func() func(*simulator.Passage) {
	return func() func(*simulator.Passage) {
		done := map[uint64]bool{}
		return func(p *simulator.Passage) {
			if !p.Resumed || p.ToBridge != toBridge || done[p.Conn] {
				return
			}
			frames, numbered := splitFrames(p.Batch), 0
			for i, f := range frames {
				if kindOf(f).Numbered() {
					numbered++
				}
				if numbered == 2 {
					done[p.Conn] = true
					p.Batch = join(change(frames, i))
					return
				}
			}
		}
	}
}

func dropOne(frames [][]byte, i int) [][]byte {
	return append(append([][]byte(nil), frames[:i]...), frames[i+1:]...)
}

func repeatOne(frames [][]byte, i int) [][]byte {
	return append(append([][]byte(nil), frames[:i+1]...), frames[i:]...)
}

func swapTwo(frames [][]byte, i int) [][]byte {
	frames[i-1], frames[i] = frames[i], frames[i-1]
	return frames
}

// ackMore changes Acks so that they also acknowledge frames that are still under way.
func ackMore(toBridge bool) func() func(*simulator.Passage) {
	return func() func(*simulator.Passage) {
		sent := map[uint64]uint64{} // numbered frames in the other direction, by connection
		return func(p *simulator.Passage) {
			frames := splitFrames(p.Batch)
			for i, f := range frames {
				kind := kindOf(f)
				switch {
				case kind == core.KindHello && toBridge, kind == core.KindWelcome && !toBridge:
					changed(f, func(f *core.Frame) { sent[p.Conn] = f.Seq }) // the first one that is sent again
				case kind == core.KindWelcome && !p.Resumed:
					sent[p.Conn] = 0
				case p.ToBridge != toBridge && kind.Numbered():
					sent[p.Conn]++
				case p.ToBridge == toBridge && kind == core.KindAck:
					frames[i] = changed(f, func(f *core.Frame) { f.Seq = max(f.Seq, sent[p.Conn]) })
				}
			}
			p.Batch = join(frames)
		}
	}
}

// renewals has Credentials arrive so many times.
func renewals(times int) func() func(*simulator.Passage) {
	return func() func(*simulator.Passage) {
		return func(p *simulator.Passage) {
			var frames [][]byte
			for _, f := range splitFrames(p.Batch) {
				n := 1
				if kindOf(f) == core.KindCredentials {
					n = times
				}
				for range n {
					frames = append(frames, f)
				}
			}
			if len(frames) == 0 { // a WebSocket message has a frame
				frames = [][]byte{core.AppendFrame(nil, &core.Frame{Kind: core.KindPong})}
			}
			p.Batch = join(frames)
		}
	}
}

func noAcks(toBridge bool) func() func(*simulator.Passage) {
	return func() func(*simulator.Passage) {
		return func(p *simulator.Passage) {
			frames := splitFrames(p.Batch)
			for i, f := range frames {
				if p.ToBridge == toBridge && kindOf(f) == core.KindAck {
					frames[i] = changed(f, func(f *core.Frame) { *f = core.Frame{Kind: core.KindPong} })
				}
			}
			p.Batch = join(frames)
		}
	}
}

// claim changes the number of received frames in a handshake.
func claim(kind core.Kind, by int) func() func(*simulator.Passage) {
	return func() func(*simulator.Passage) {
		return func(p *simulator.Passage) {
			frames := splitFrames(p.Batch)
			if kindOf(frames[0]) == kind {
				frames[0] = changed(frames[0], func(f *core.Frame) {
					if f.Seq > 1 {
						f.Seq += uint64(by)
					}
				})
			}
			p.Batch = join(frames)
		}
	}
}

func changed(frame []byte, change func(*core.Frame)) []byte {
	var f core.Frame
	if _, err := core.ParseFrame(frame, &f); err != nil {
		return frame
	}
	change(&f)
	return core.AppendFrame(nil, &f)
}
