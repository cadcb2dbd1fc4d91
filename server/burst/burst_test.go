package burst

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// random is a Burst and the messages that it was made of.
func random(r *rand.Rand, placed bool) (*Burst, []core.Message, []uint64) {
	var b Builder
	var messages []core.Message
	var offsets []uint64
	offset := uint64(0)
	for range 1 + r.IntN(40) {
		m := make(core.Message, 1+r.IntN(4))
		for i := range m {
			m[i] = bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(1<<r.IntN(11)))
		}
		if placed {
			offset += 1 + r.Uint64N(300)
		}
		if !b.Fits(m.Size(), offset) {
			break
		}
		b.Add(m, offset, r.IntN(5000))
		messages, offsets = append(messages, m), append(offsets, offset)
	}
	return b.Take(), messages, offsets
}

// TestFramesAreThoseOfCore for any socket, any endpoint and any range.
func TestFramesAreThoseOfCore(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		placed := seed%2 == 0
		b, messages, offsets := random(r, placed)
		if b.Len() != len(messages) || b.Placed() != placed {
			t.Fatalf("seed %d: %d messages, placed: %v", seed, b.Len(), b.Placed())
		}
		for range 30 {
			socket, endpoint := 1+r.Uint32N(300), uint64(0)
			if placed {
				endpoint = r.Uint64N(3)
			}
			i := r.IntN(b.Len())
			j := i + 1 + r.IntN(b.Len()-i)
			var want []byte
			payload := 0
			for n := i; n < j; n++ {
				f := core.Frame{Kind: core.KindMessage, Socket: socket, Parts: messages[n]}
				if endpoint != 0 {
					f.Kind, f.ID, f.Offset = core.KindPublication, endpoint, offsets[n]
				}
				want = core.AppendFrame(want, &f)
				payload += messages[n].Size()
			}
			got, largest := b.Frames(socket, endpoint, i, j)
			if !bytes.Equal(got, want) || b.Size(i, j) != payload || largest < len(want)/(j-i) {
				t.Fatalf("seed %d: %d to %d of socket %d, endpoint %d: %d bytes, want %d; payload %d, want %d; largest %d",
					seed, i, j, socket, endpoint, len(got), len(want), b.Size(i, j), payload, largest)
			}
			if !bytes.Equal(b.Body(i), core.EncodeBody(messages[i])) || b.Offset(i) != offsets[i] {
				t.Fatalf("seed %d: message %d is another", seed, i)
			}
		}
	}
}

// TestPart is any selection of messages.
func TestPart(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 6))
		b, messages, _ := random(r, false)
		var ranges []Range
		var chosen []int
		for i := range messages {
			if r.IntN(3) > 0 {
				ranges = Append(ranges, i)
				chosen = append(chosen, i)
			}
		}
		p := Part{Burst: b, Ranges: ranges}
		for skipped := 0; ; skipped++ {
			var got []int
			payload := 0
			p.Each(func(i int, m core.Message, body core.Body) {
				got = append(got, i)
				payload += m.Size()
				if !slices.EqualFunc(m, messages[i], bytes.Equal) {
					t.Fatalf("seed %d: message %d is another", seed, i)
				}
			})
			if !slices.Equal(got, chosen[skipped:]) || p.Count() != len(got) || p.Payload() != payload {
				t.Fatalf("seed %d, without %d: %v, want %v; %d, %d bytes", seed, skipped, got, chosen[skipped:], p.Count(), p.Payload())
			}
			if len(got) < 2 {
				break
			}
			p = p.Rest(1)
		}
	}
}

// TestPins: whoever gets less than half of a Burst does not keep all of it in memory.
func TestPins(t *testing.T) {
	var b Builder
	for i := range 10 {
		b.Add(core.Message{fmt.Appendf(nil, "%100d", i)}, 0, 0)
	}
	burst := b.Take()
	for _, test := range []struct {
		ranges []Range
		want   bool
	}{
		{[]Range{{0, 10}}, false},
		{[]Range{{0, 5}}, false},
		{[]Range{{5, 9}}, true},
		{[]Range{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}}, false},
		{[]Range{{0, 1}, {9, 10}}, true},
	} {
		if got := (Part{Burst: burst, Ranges: test.ranges}).Pins(); got != test.want {
			t.Errorf("%v pins: %v", test.ranges, got)
		}
	}
}

// TestBuilderIsBounded: what came together is more than one Burst when it is much, or when only some of it has places in a
// history.
func TestBuilderIsBounded(t *testing.T) {
	var b Builder
	small, large := core.Message{[]byte("a")}, core.Message{make([]byte, 1<<20)}
	if !b.Fits(large.Size(), 0) {
		t.Error("a large message does not fit into an empty one")
	}
	b.Add(small, 0, 0)
	if b.Fits(large.Size(), 0) || b.Fits(1, 7) || !b.Fits(1, 0) {
		t.Error("after a small message a large one fits, or one with a place, or not another small one")
	}
	for b.Fits(1, 0) {
		b.Add(small, 0, 0)
	}
	if n := b.Len(); n != maxMessages {
		t.Errorf("%d messages", n)
	}
	if b.Take().Len() != maxMessages || b.Len() != 0 || b.Take() != nil {
		t.Error("it does not begin anew")
	}
}
