package req

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Bundle is requests of one Asker that came together, as they are sent. They are encoded while they are gathered: what they are made of
// is in a near cache then, and the writer looks at nothing of a single one.
type Bundle struct {
	requester *Requester
	messages  []byte
	sheets    []sheet // its requests, until they are in a Roll
	count     int     // of them
	payload   int64
	begun     time.Time // when its requests were
	number    uint64    // of the bundles of the requester, in their order; 0: it was not started
	withdrawn []int     // where the messages begin of those that have ended before they were sent
}

const (
	// largeRequest is the size from which on a request is better referred to than copied, so it does not go into a Bundle.
	largeRequest = 8 << 10

	// fullBundle is the size from which on nothing is added.
	fullBundle = 32 << 10

	// keptBundle is how many bytes are kept to be used again.
	keptBundle = fullBundle + largeRequest + core.MaxParts
)

var bundles = sync.Pool{New: func() any { return new(Bundle) }}

// NewBundle is an empty one, for requests that begin now.
func NewBundle(now time.Time) *Bundle {
	b := bundles.Get().(*Bundle)
	b.begun = now
	return b
}

// giveBack lets go of a bundle that nobody has any more.
func (b *Bundle) giveBack() {
	if cap(b.messages) > keptBundle || cap(b.sheets) > keptSheets {
		return
	}
	*b = Bundle{messages: b.messages[:0], sheets: b.sheets[:0]}
	bundles.Put(b)
}

// trim leaves it no more memory than it needs: its requests are in a Roll, and it is going to wait.
func (b *Bundle) trim() {
	if cap(b.sheets) > 2*len(b.sheets) {
		b.sheets = nil
	}
	if cap(b.messages) > len(b.messages)+fewSpare {
		b.messages = append([]byte(nil), b.messages...)
	}
}

// fewSpare is how much more memory than it needs is little.
const fewSpare = 128

// Len is how many requests are in it.
func (b *Bundle) Len() int { return b.count }

// Full tells whether nothing more is to be added.
func (b *Bundle) Full() bool { return len(b.messages) >= fullBundle }

// envelope is what stands in front of a message: the frame of the number, and an empty one.
var envelope = [...]byte{flagMore, requestID, 0, 0, 0, 0, 0, 0, 0, 0, flagMore, 0}

// flagMore is the flag of a ZMTP frame that is not the last of its message, https://rfc.zeromq.org/spec/37/.
const flagMore = 1

// Add adds a request, and tells how many bytes its message has. It is not ok if the Bundle is full, if the message is malformed, or larger
// than what a Bundle is for, or than most, or if the request costs more than there is room for.
func (b *Bundle) Add(s Slip, body core.Body, most int) (size int, ok bool) {
	if len(body) > largeRequest || s.Cost > math.MaxUint16 || b.Full() {
		return 0, false
	}
	begin := len(b.messages)
	if size = len(body) - 1; size >= 0 && size <= maxShort && body[0] == 1 { // one short part, as most have
		b.messages = append(b.messages, flagMore, requestID, 0, 0, 0, 0, 0, 0, 0, 0, flagMore, 0, 0, byte(size))
		b.messages = append(b.messages, body[1:]...)
	} else if size, ok = b.addParts(body); !ok {
		return 0, false
	}
	if size > most {
		b.messages = b.messages[:begin]
		return 0, false
	}
	last := len(b.sheets) - 1
	if last < 0 || !b.sheets[last].fits(s) {
		b.sheets = append(b.sheets, newSheet(s, begin))
		last++
	}
	b.sheets[last].note(s)
	b.count++
	b.payload += int64(size)
	return size, true
}

// addParts adds a message of several parts.
func (b *Bundle) addParts(body core.Body) (size int, ok bool) {
	m, err := body.Parts(make(core.Message, 0, fewParts))
	if err != nil {
		return 0, false
	}
	b.messages = append(b.messages, envelope[:]...)
	for i, part := range m {
		b.messages = zmtp.AppendFrame(b.messages, part, i < len(m)-1)
	}
	return m.Size(), true
}

const fewParts = 8

// Each calls f for each request, with a copy of its message. It is for a Bundle that could not be started, and ends it.
func (b *Bundle) Each(f func(Slip, core.Message)) {
	begin := 0
	for n := range b.sheets {
		for i := range b.sheets[n].count {
			f(b.sheets[n].slip(uint32(i)), b.message(begin))
			begin = b.behind(begin)
		}
	}
	b.giveBack()
}

// message is a copy of the message that begins at a place.
func (b *Bundle) message(begin int) (m core.Message) {
	at := b.messages[begin+len(envelope):]
	for more := true; more; {
		var part []byte
		part, more, at = zmtp.CutFrame(at)
		m = append(m, part)
	}
	return m.Clone()
}

// behind is where the message ends that begins at a place.
func (b *Bundle) behind(begin int) (end int) {
	at := b.messages[begin+len(envelope):]
	if at[0] == 0 { // one short part, as most have
		return begin + len(envelope) + shortHeader + int(at[1])
	}
	for more := true; more; {
		_, more, at = zmtp.CutFrame(at)
	}
	return len(b.messages) - len(at)
}

// find is where the message begins of request i of a sheet whose first message begins at a place.
func (b *Bundle) find(first int, i uint32) (begin int) {
	begin = first
	for range i {
		begin = b.behind(begin)
	}
	return begin
}

// Write implements zmtp.Outgoing.
func (b *Bundle) Write(p *zmtp.Conn) error {
	b.requester.leaves(b)
	err := p.SendEncoded(b.messages, b.count)
	b.giveBack()
	return err
}

// leaveOut takes out the requests that have ended. The requester's lock is held.
func (b *Bundle) leaveOut() {
	slices.Sort(b.withdrawn)
	kept, end := b.messages[:0], 0
	for _, begin := range b.withdrawn {
		kept = append(kept, b.messages[end:begin]...)
		end = b.behind(begin)
	}
	b.messages = append(kept, b.messages[end:]...)
	b.count -= len(b.withdrawn)
}

// setIDs gives the requests the numbers under which they are pending, with which the replies come back: that of a roll, and from a place on.
func (b *Bundle) setIDs(roll uint64, place uint32) {
	for begin := 0; begin < len(b.messages); begin = b.behind(begin) {
		binary.BigEndian.PutUint64(b.messages[begin+shortHeader:], roll|uint64(place))
		place++
	}
}

// A ZMTP frame has two bytes in front of a short body, which has at most 255.
const (
	shortHeader = 2
	maxShort    = 255
)
