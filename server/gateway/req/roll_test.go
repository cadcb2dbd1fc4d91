package req

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// fill makes so many requests that come together, so many times, and has them sent.
func (b *bench) fill(together, times int) {
	for range times {
		bundle := NewBundle(time.Now())
		for range together {
			b.last++
			b.add(bundle, Slip{Number: b.last, Within: 1000}, core.Message{fmt.Append(nil, b.last)})
		}
		if !b.roll.StartBundle(bundle) {
			b.t.Fatal("a bundle is not taken")
		}
		b.write()
	}
}

// TestRollInAnyOrder: in whatever order requests end, those that have not are found by either number, and only those, and the memory for the
// others is given up; also where the places begin again at 0.
func TestRollInAnyOrder(t *testing.T) {
	for _, together := range []int{1, 3, 8, 11} {
		for name, order := range map[string]func(ids []uint64){
			"forward":  func([]uint64) {},
			"backward": slices.Reverse[[]uint64],
			"any": func(ids []uint64) {
				rand.New(rand.NewPCG(5, 6)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			},
		} {
			t.Run(fmt.Sprintf("%d, %s", together, name), func(t *testing.T) {
				b := newBench(t)
				b.roll.next = math.MaxUint32 - 50
				b.fill(together, 30)
				ids := slices.Clone(b.sent)
				order(ids)
				for n, id := range ids {
					b.read([]uint64{id})
					b.arrived.handOver(false)
					b.sees(ids[:n+1], ids[n+1:])
				}
				if cap(b.roll.sheets) > keptSheets {
					t.Errorf("there is room for %d sheets", cap(b.roll.sheets))
				}
			})
		}
	}
}

// sees checks which requests are pending.
func (b *bench) sees(ended, pending []uint64) {
	for _, id := range ended {
		if b.Requester.pending.has(id) {
			b.t.Fatalf("%x is pending", id)
		}
	}
	for _, id := range pending {
		_, h, i := b.pending.rolls.find(id)
		if h == nil || !b.roll.Has(h.number(i)) {
			b.t.Fatalf("%x is not pending", id)
		}
	}
	if n := len(b.roll.ids()); n != len(pending) || len(b.text) != n {
		b.t.Fatalf("%d are pending, %d have not ended, of %d", n, len(b.text), len(pending))
	}
}

// TestRollsBesideEachOther: a reply is not taken for one to a request that has the same place in another roll, though it follows those to the
// same sheet, and no matter where the places begin again at 0.
func TestRollsBesideEachOther(t *testing.T) {
	b := newBench(t)
	b.Roll(b.asker)
	b.roll = b.Roll(b.asker)
	b.roll.next = math.MaxUint32 - 3
	b.fill(8, 1)
	var read []uint64
	for i, id := range b.sent {
		next := b.sent[(i+1)%len(b.sent)]
		read = append(read, id, next-1<<32, id+1<<32, next&math.MaxUint32, next^inRoll)
	}
	b.read(read)
	b.arrived.handOver(false)
	b.sees(read, nil)
	if n := int(b.counters.Late.Load()); n != len(read)-len(b.sent) {
		t.Errorf("%d replies were late, of %d", n, len(read))
	}
	b.running.Wait()
}

// fragile is an Asker who panics at some replies.
type fragile struct {
	*asker
	at map[uint64]bool // the numbers of the requests
	mu *sync.Mutex
}

// Fail may be called by several at a time.
func (f fragile) Fail(s Slip, unsent core.Message, reason error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asker.Fail(s, unsent, reason)
}

func (f fragile) Answer(s Slip, reply core.Message) {
	f.asker.Answer(s, reply)
	if f.at[s.Number] {
		panic("Answer")
	}
}

// TestPanicInARun: when an asker panics at a reply, those behind it are handed over all the same; and when he does so again, each of them
// ends without.
func TestPanicInARun(t *testing.T) {
	for name, at := range map[string]map[uint64]bool{
		"in the middle":          {3: true},
		"at the end of a sheet":  {8: true},
		"at the last one":        {20: true},
		"at the last two":        {19: true, 20: true},
		"twice":                  {3: true, 5: true},
		"at the end, and behind": {8: true, 9: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.roll = b.Roll(fragile{b.asker, at, new(sync.Mutex)})
			b.fill(10, 2)
			b.read(b.sent)
			panics := 0
			handOver := func() {
				defer func() {
					if recover() != nil {
						panics++
					}
				}()
				b.arrived.handOver(false)
			}
			handOver()
			handOver()
			if panics != len(at) {
				t.Errorf("%d panics", panics)
			}
			for a := &b.arrived; a.next < len(a.runs); a.next++ { // as finish does
				a.giveUp(&a.runs[a.next])
			}
			b.running.Wait()
			if len(b.text) != 0 {
				t.Errorf("%v have not ended", b.text)
			}
		})
	}
}
