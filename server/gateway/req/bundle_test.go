package req

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// asker remembers what became of his requests.
type asker struct {
	t       *testing.T
	text    map[uint64]string // of the requests that have not ended
	slips   map[uint64]Slip   // of all
	visited bool
}

func (a *asker) Begin(time.Time) { a.visited = true }
func (a *asker) Flush()          {}

func (a *asker) End() (flush bool) {
	a.visited = false
	return false
}

func (a *asker) Answer(s Slip, reply core.Message) {
	if !a.visited || string(reply[0]) != a.text[s.Number] {
		a.t.Errorf("the reply to %d is %q, in a visit: %v", s.Number, reply, a.visited)
	}
	a.end(s)
}

func (a *asker) Fail(s Slip, unsent core.Message, _ error) { a.withdrawn(Withdrawn{s, unsent}) }

// withdrawn checks that what comes back of a request is its message.
func (a *asker) withdrawn(w Withdrawn) {
	if w.Unsent != nil && string(bytes.Join(w.Unsent, []byte(" "))) != a.text[w.Slip.Number] {
		a.t.Errorf("%q was not sent of %d", w.Unsent, w.Slip.Number)
	}
	a.end(w.Slip)
}

func (a *asker) end(s Slip) {
	if _, open := a.text[s.Number]; !open || s != a.slips[s.Number] {
		a.t.Errorf("%d has ended before, or is another one: %+v", s.Number, s)
	}
	delete(a.text, s.Number)
}

// bench is a requester without a link, whose writer and backend the test is.
type bench struct {
	*Requester
	*asker
	roll   *Roll
	last   uint64
	sent   []uint64 // ids of what was sent and has no reply yet
	random *rand.Rand
}

func newBench(t *testing.T) *bench {
	links := &link.Config{Config: zmtp.Config{Limits: zmtp.Limits{MaxMessage: 1 << 20}}}
	q := &Requester{config: Config{Links: links, MaxPending: 500}, counters: &Counters{}, out: zmtp.NewQueue(&zmtp.Config{HWM: 40, MaxQueued: 1 << 20})}
	q.arrived.requester = q
	q.deadlines = newDeadlines(&q.pending, func() {})
	t.Cleanup(func() { q.deadlines.timer.Stop() })
	q.pipelines.Store(true)
	b := &bench{Requester: q, asker: &asker{t: t, text: map[uint64]string{}, slips: map[uint64]Slip{}}, random: rand.New(rand.NewPCG(3, 4))}
	b.roll = q.Roll(b.asker)
	return b
}

// start makes some requests, of one part or of two.
func (b *bench) start() {
	bundle, numbers := NewBundle(time.Now()), []uint64(nil)
	began, within := time.Duration(b.random.Int64()), 1+b.random.Uint32N(1000)
	for range 1 + b.random.IntN(20) {
		b.last++
		switch b.random.IntN(20) {
		case 0:
			within = 1 + b.random.Uint32N(1000)
		case 1:
			b.last += b.random.Uint64N(600) // others are made elsewhere
		}
		m := core.Message{fmt.Append(nil, b.last)}
		if b.random.IntN(4) == 0 {
			m = append(m, make([]byte, b.random.IntN(300)))
		}
		numbers = append(numbers, b.last)
		b.add(bundle, Slip{Number: b.last, Began: began, Within: within, Cost: b.random.Uint32N(math.MaxUint16 + 1)}, m)
	}
	if b.roll.StartBundle(bundle) {
		return
	}
	bundle.Each(func(s Slip, m core.Message) {
		if s.Number != numbers[0] {
			b.t.Errorf("%d comes back instead of %d", s.Number, numbers[0])
		}
		numbers = numbers[1:]
		b.withdrawn(Withdrawn{s, m})
	})
}

// add adds a request to a bundle.
func (b *bench) add(bundle *Bundle, s Slip, m core.Message) {
	b.text[s.Number], b.slips[s.Number] = string(bytes.Join(m, []byte(" "))), s
	if _, ok := bundle.Add(s, core.EncodeBody(m), 1000); !ok {
		b.t.Fatal("a request does not fit")
	}
}

// write is what the writer does with the oldest bundles.
func (b *bench) write() {
	taken := b.out.Take()
	for _, e := range taken {
		bundle := e.Out.(*Bundle)
		b.leaves(bundle)
		for rest := bundle.messages; len(rest) > 0; {
			var parts core.Message
			for more := true; more; {
				var part []byte
				part, more, rest = zmtp.CutFrame(rest)
				parts = append(parts, part)
			}
			id := binary.BigEndian.Uint64(parts[0])
			if _, h, i := b.pending.rolls.find(id); h == nil || b.text[h.slip(i).Number] != string(bytes.Join(parts[2:], []byte(" "))) || len(parts[1]) != 0 {
				b.t.Errorf("%q is sent, which nobody asks any more", parts)
			}
			b.sent = append(b.sent, id)
			bundle.count--
		}
		if bundle.count != 0 {
			b.t.Errorf("%d more are counted than are sent", bundle.count)
		}
		bundle.giveBack()
	}
	b.out.Written(taken)
}

// reply brings replies to some of what was sent, in one read.
func (b *bench) reply() {
	b.random.Shuffle(len(b.sent), func(i, j int) {
		if len(b.sent)%2 == 0 { // else they come in order
			b.sent[i], b.sent[j] = b.sent[j], b.sent[i]
		}
	})
	n := b.random.IntN(len(b.sent) + 1)
	b.read(b.sent[:n])
	b.sent = slices.Delete(b.sent, 0, n)
	b.arrived.handOver(false)
}

// read brings replies in one read.
func (b *bench) read(ids []uint64) {
	var read []byte
	for _, id := range ids {
		text := "late"
		if _, h, i := b.pending.rolls.find(id); h != nil {
			text = b.text[h.slip(i).Number]
		}
		read = append(read, envelope[:]...)
		binary.BigEndian.PutUint64(read[len(read)-len(envelope)+shortHeader:], id)
		read = zmtp.AppendFrame(read, []byte(text), false)
	}
	for len(read) > 0 {
		taken, _ := b.arrived.addAll(read)
		if read = read[taken:]; len(read) > 0 { // one that is not short
			rest := read[len(envelope):]
			text, _, after := zmtp.CutFrame(rest)
			b.receive(core.Message{read[shortHeader : shortHeader+requestID], nil, text})
			read = after
		}
	}
}

// TestBundles: whatever becomes of requests in bundles, each ends once; what ends before it is sent is not sent, and its message comes
// back; and nothing is left in the end.
func TestBundles(t *testing.T) {
	b := newBench(t)
	b.roll.next -= 1000 // the places begin again at 0 soon
	for range 20_000 {
		switch b.random.IntN(16) {
		default:
			b.start()
		case 4, 5, 6, 7:
			b.write()
		case 8, 9, 10, 11:
			b.reply()
		case 12:
			b.withdrawOne()
		case 13:
			sent, waiting := b.roll.WithdrawSent()
			for _, w := range sent {
				if w.Unsent != nil {
					t.Errorf("%d was not sent", w.Slip.Number)
				}
				b.withdrawn(w)
			}
			if waiting != len(b.text) {
				t.Errorf("%d wait to be sent, %d are left", waiting, len(b.text))
			}
		case 14:
			if b.random.IntN(20) == 0 {
				for _, w := range b.roll.WithdrawAll() {
					b.withdrawn(w)
				}
			}
		case 15:
			if b.random.IntN(20) == 0 {
				b.lose()
			}
		}
		if most := max(keptSheets, 4*(int(b.roll.live)+20)); cap(b.roll.sheets) > most {
			t.Fatalf("the roll has room for %d sheets, and %d in it", cap(b.roll.sheets), b.roll.live)
		}
		if d := &b.deadlines; d.total-d.ended != len(b.text) || len(d.entries) > d.total || d.ended > max(minEnded, d.total/2) {
			t.Fatalf("%d of %d deadlines in %d entries are over, %d have not ended", d.ended, d.total, len(d.entries), len(b.text))
		}
		if n := len(b.text); b.pending.count != n || len(b.roll.ids()) != n || int(b.counters.Pending.Load()) != n {
			t.Fatalf("%d are pending, %d in the roll, %d counted, for %d", b.pending.count, len(b.roll.ids()), b.counters.Pending.Load(), n)
		}
	}
	b.lose()
	b.running.Wait()
	b.roll.Leave()
	if cap(b.roll.sheets) > keptSheets || len(b.pending.rolls.ids()) != 0 {
		t.Errorf("the roll has room for %d sheets, %d are left", cap(b.roll.sheets), len(b.pending.rolls.ids()))
	}
}

// withdrawOne withdraws a request, or one that has ended.
func (b *bench) withdrawOne() {
	number := b.last + 1 - b.random.Uint64N(min(b.last, 2000)+1)
	_, open := b.text[number]
	if has := b.roll.Has(number); has != open {
		b.t.Errorf("%d is pending: %v, %v", number, open, has)
	}
	s, ok := b.roll.Withdraw(number)
	if ok != open {
		b.t.Errorf("%d was withdrawn: %v, and had to be: %v", number, ok, open)
	}
	if ok {
		b.end(s)
	}
}

// lose is the end of a connection, and the beginning of another one.
func (b *bench) lose() {
	for _, f := range b.takeAll().failed {
		b.fails(f, errCanceled)
	}
	b.sent = nil
	b.pipelines.Store(true)
	if len(b.text) > 0 {
		b.t.Errorf("%v have not ended", b.text)
	}
}

// TestBundlesExpire: a request whose time is over ends, and is not sent if it was not.
func TestBundlesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.start()
		b.write()
		b.start()
		time.Sleep(time.Minute)
		b.expire()
		if len(b.text) != 0 {
			t.Errorf("%v have not ended", b.text)
		}
		sent := len(b.sent)
		b.write()
		if len(b.sent) != sent {
			t.Error("what had ended was sent")
		}
		b.reply()
		b.running.Wait()
	})
}

// TestNoBundle: where something speaks against it nothing has happened.
func TestNoBundle(t *testing.T) {
	for name, prepare := range map[string]func(*Requester){
		"closed":            func(q *Requester) { q.closed = true },
		"nobody is there":   func(q *Requester) { q.pipelines.Store(false) },
		"too many":          func(q *Requester) { q.config.MaxPending = 0 },
		"too large":         func(q *Requester) { q.config.Links.Limits.MaxMessage = 0 },
		"the queue is full": func(q *Requester) { q.out = zmtp.NewQueue(&zmtp.Config{HWM: 0, MaxQueued: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			prepare(b.Requester)
			b.start()
			if len(b.text) != 0 || b.pending.count != 0 || b.roll.live != 0 || len(b.roll.sheets) != 0 || len(b.unsent.bundles) != 0 {
				t.Errorf("%v are under way, %d pending, %d bundles", b.text, b.pending.count, len(b.unsent.bundles))
			}
			b.running.Wait()
		})
	}
}

// TestBundleRefuses: what a bundle is not for is left to who has more to say about it, and leaves nothing behind.
func TestBundleRefuses(t *testing.T) {
	for name, body := range map[string]core.Body{
		"empty":          {},
		"no parts":       {0},
		"malformed":      {3, 200},
		"large":          core.EncodeBody(core.Message{make([]byte, largeRequest+1)}),
		"over the limit": core.EncodeBody(core.Message{make([]byte, 1001)}),
		"both parts":     core.EncodeBody(core.Message{make([]byte, 500), make([]byte, 501)}),
	} {
		b := NewBundle(time.Now())
		if _, ok := b.Add(Slip{}, body, 1000); ok || b.Len() != 0 || len(b.messages) != 0 || len(b.sheets) != 0 || b.payload != 0 {
			t.Errorf("%s: %v, %d requests, %d bytes", name, ok, b.Len(), len(b.messages))
		}
	}
}

// TestBundleIsFull: to a full one nothing is added, nor a request that costs more than is remembered of that.
func TestBundleIsFull(t *testing.T) {
	b := NewBundle(time.Now())
	body := core.EncodeBody(core.Message{make([]byte, 1000)})
	if _, ok := b.Add(Slip{Cost: math.MaxUint16 + 1}, body, 1000); ok {
		t.Error("one is added that costs too much")
	}
	for !b.Full() {
		if _, ok := b.Add(Slip{Number: uint64(b.Len())}, body, 1000); !ok {
			t.Fatal("nothing is added to one that is not full")
		}
	}
	if _, ok := b.Add(Slip{}, body, 1000); ok {
		t.Error("something is added to a full one")
	}
}

// TestBundlesThatWait: however large bundles were before, those that wait for a backend that takes nothing have no more memory than they need.
func TestBundlesThatWait(t *testing.T) {
	b := newBench(t)
	b.out = zmtp.NewQueue(&zmtp.Config{HWM: 1000, MaxQueued: 1 << 20})
	for range 300 {
		bundle := NewBundle(time.Now())
		bundle.messages, bundle.sheets = make([]byte, 0, keptBundle), make([]sheet, 0, keptSheets)
		b.last++
		b.add(bundle, Slip{Number: b.last, Within: 1000}, core.Message{[]byte("x")})
		if !b.roll.StartBundle(bundle) {
			t.Fatal("a bundle is not taken")
		}
	}
	bytes := 0
	for _, bundle := range b.unsent.bundles[fewUnsent:] {
		bytes += cap(bundle.messages) + cap(bundle.sheets)*int(unsafe.Sizeof(sheet{}))
	}
	if most := 300 * 256; bytes > most {
		t.Errorf("%d bytes for 300 requests of one byte", bytes)
	}
	b.write()
	b.lose()
	b.running.Wait()
}

// TestNumbersOfRolls: who comes to the place of a roll that has left gets no late reply to it.
func TestNumbersOfRolls(t *testing.T) {
	b := newBench(t)
	b.start()
	b.write()
	late := b.sent[0]
	for _, w := range b.roll.WithdrawAll() {
		b.withdrawn(w)
	}
	b.roll.Leave()
	b.roll = b.Roll(b.asker)
	b.start()
	b.write()
	if late>>32 != b.sent[len(b.sent)-1]>>32 {
		t.Fatal("the roll is not at the place of the one before")
	}
	if _, h, _ := b.pending.rolls.find(late); h != nil {
		t.Errorf("%x is pending, which was withdrawn", late)
	}
	b.reply()
	b.lose()
}
