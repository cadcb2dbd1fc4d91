package req

import (
	"encoding/binary"
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
	slips     []bundled
	payload   int64
	begun     time.Time // when its requests were
	number    uint64    // of the bundles of the requester, in their order; 0: it was not started
	withdrawn int       // so many of slips have ended before they were sent
}

// bundled is one request in a Bundle.
type bundled struct {
	slip  Slip
	begin int    // of its message
	id    uint64 // once it is pending; 0: it is not any more
}

const (
	// largeRequest is the size from which on a request is better referred to than copied, so it does not go into a Bundle.
	largeRequest = 8 << 10

	// fullBundle is the size from which on nothing is added.
	fullBundle = 32 << 10

	// keptBundle is how many bytes are kept to be used again, and keptSlips how many requests.
	keptBundle = fullBundle + largeRequest + core.MaxParts
	keptSlips  = 128
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
	if cap(b.messages) > keptBundle || cap(b.slips) > keptSlips {
		return
	}
	*b = Bundle{messages: b.messages[:0], slips: b.slips[:0]}
	bundles.Put(b)
}

// trim leaves it no more memory than it needs: it is going to wait.
func (b *Bundle) trim() {
	if cap(b.messages) > len(b.messages)+fewSpare || cap(b.slips) > 2*len(b.slips) {
		b.messages, b.slips = append([]byte(nil), b.messages...), append([]bundled(nil), b.slips...)
	}
}

// fewSpare is how much more memory than it needs is little.
const fewSpare = 128

// Len is how many requests are in it.
func (b *Bundle) Len() int { return len(b.slips) }

// Full tells whether nothing more is to be added.
func (b *Bundle) Full() bool { return len(b.messages) >= fullBundle }

// envelope is what stands in front of a message: the frame of the number, and an empty one.
var envelope = [...]byte{flagMore, requestID, 0, 0, 0, 0, 0, 0, 0, 0, flagMore, 0}

// flagMore is the flag of a ZMTP frame that is not the last of its message, https://rfc.zeromq.org/spec/37/.
const flagMore = 1

// Add adds a request, and tells how many bytes its message has. It is not ok if the message is malformed, or larger than what a Bundle is
// for, or than most.
func (b *Bundle) Add(s Slip, body core.Body, most int) (size int, ok bool) {
	if len(body) > largeRequest {
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
	b.slips = append(b.slips, bundled{slip: s, begin: begin})
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
	for _, one := range b.slips {
		f(one.slip, b.message(one.begin))
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

// Write implements zmtp.Outgoing.
func (b *Bundle) Write(p *zmtp.Conn) error {
	b.requester.leaves(b)
	err := p.SendEncoded(b.messages, len(b.slips))
	b.giveBack()
	return err
}

// leaveOut takes out the requests that have ended. The requester's lock is held.
func (b *Bundle) leaveOut() {
	kept, messages := b.slips[:0], b.messages[:0]
	for i, one := range b.slips {
		end := len(b.messages)
		if i+1 < len(b.slips) {
			end = b.slips[i+1].begin
		}
		if one.id != 0 {
			kept = append(kept, bundled{begin: len(messages)})
			messages = append(messages, b.messages[one.begin:end]...)
		}
	}
	b.slips, b.messages = kept, messages
}

// setID gives a request the number under which it is pending, with which the reply comes back.
func (b *Bundle) setID(i int, id uint64) {
	one := &b.slips[i]
	one.id = id
	binary.BigEndian.PutUint64(b.messages[one.begin+shortHeader:], id)
}

// A ZMTP frame has two bytes in front of a short body, which has at most 255.
const (
	shortHeader = 2
	maxShort    = 255
)
