package client

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// snapshotWriter appends the fields of a snapshot. Its methods are not inlined: they are called in many places and seldom
// run, and inlining them would add 20 KB to zmq.wasm.
type snapshotWriter []byte

//go:noinline
func (w *snapshotWriter) number(n uint64) { *w = binary.AppendUvarint(*w, n) }

//go:noinline
func (w *snapshotWriter) signed(n int) { *w = binary.AppendVarint(*w, int64(n)) }

//go:noinline
func (w *snapshotWriter) bytes(b []byte) {
	w.number(uint64(len(b)))
	*w = append(*w, b...)
}

// numbers appends a set of numbers, sorted, because sets come from maps, which have no order.
func (w *snapshotWriter) numbers(set []uint64) {
	sort(set)
	w.number(uint64(len(set)))
	for _, n := range set {
		w.number(n)
	}
}

// snapshotReader reads the fields of a snapshot, which may have been tampered with. After a field that cannot be right, bad
// is set and every further field is zero.
type snapshotReader struct {
	rest []byte
	bad  bool
}

func (r *snapshotReader) check(ok bool) {
	if !ok {
		r.bad, r.rest = true, nil
	}
}

func (r *snapshotReader) number(most uint64) uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > most {
		r.check(false)
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// signed reads a number whose absolute value is at most MaxCredit.
func (r *snapshotReader) signed() int {
	n, size := binary.Varint(r.rest)
	if size <= 0 || n > core.MaxCredit || n < -core.MaxCredit {
		r.check(false)
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

// bytes reads a string of at most most bytes, and returns a copy of it.
func (r *snapshotReader) bytes(most int) []byte {
	n := r.number(uint64(min(most, len(r.rest))))
	if n > uint64(len(r.rest)) {
		r.check(false)
		return nil
	}
	b := slices.Clone(r.rest[:n])
	r.rest = r.rest[n:]
	return b
}

// each reads the number of items in a list, and calls read as often. Every item has at least one byte, so a number that is
// larger than the rest of the snapshot is refused.
func (r *snapshotReader) each(read func()) {
	for n := r.number(uint64(len(r.rest))); n > 0 && !r.bad; n-- {
		read()
	}
}

func (r *snapshotReader) numbers(most uint64) (set []uint64) {
	r.each(func() { set = append(set, r.number(most)) })
	return set
}

// sockets reads the sockets. Each has a higher number than the one before it, and none is above last.
func (r *snapshotReader) sockets(last uint32) (all []*importedSocket) {
	before := uint32(0)
	r.each(func() {
		s := r.socket(last)
		r.check(s.socket.id > before)
		before = s.socket.id
		all = append(all, s)
	})
	return all
}

func (r *snapshotReader) socket(last uint32) *importedSocket {
	s := &socket{id: uint32(r.number(uint64(last))), pending: map[uint64]request{}}
	s.typ = core.SocketType(r.number(255))
	s.identity = r.bytes(255)
	s.lastSub = r.number(1 << 62)
	s.lastRequest = r.number(1 << 62)
	s.lastEndpoint = r.number(1 << 62)
	s.opened = r.number(s.lastEndpoint)
	flags := r.number(snapCloses | snapAgain)
	s.receipts.again = flags&snapAgain != 0
	s.receipts.sent = r.number(1 << 62)
	s.receipts.told = r.number(s.receipts.sent)
	s.creditMessages, s.creditBytes = r.signed(), r.signed()
	s.window = int(r.number(core.MaxCredit))
	s.heldMessages, s.heldBytes = r.signed(), r.signed()
	r.each(func() { s.endpoints = append(s.endpoints, r.endpoint(s)) })
	r.each(func() { s.subscriptions = append(s.subscriptions, r.subscription(s)) })
	i := &importedSocket{socket: s, sent: r.numbers(s.lastRequest), asked: r.numbers(1 << 62)}
	r.each(func() { r.unsent(s) })
	if flags&snapCloses != 0 {
		s.closing = &closing{}
	}
	subscribes := s.typ == core.SUB || s.typ == core.XSUB
	r.check(s.typ.Valid() && s.window > 0 && s.creditMessages >= 0 && s.heldMessages >= 0 && s.heldBytes >= 0 &&
		(subscribes || len(s.subscriptions) == 0) && (s.typ == core.REQ || len(i.sent) == 0) &&
		(s.typ == core.REP || len(i.asked) == 0) && (s.typ.Sends() || len(s.unsent) == 0))
	return i
}

// endpoint reads an endpoint of a socket. Its numbers are those of no other one.
func (r *snapshotReader) endpoint(s *socket) endpoint {
	flags := r.number(snapBind | snapHeld | snapRefused)
	ep := endpoint{bind: flags&snapBind != 0, held: flags&snapHeld != 0}
	ep.id, ep.number = r.number(s.lastEndpoint), r.number(s.opened)
	r.check(ep.id > 0)
	for i := range s.endpoints {
		other := &s.endpoints[i]
		r.check(other.id != ep.id && (other.number != ep.number || ep.number == 0))
	}
	ep.address = string(r.bytes(core.MaxAddress))
	ep.params = r.bytes(core.MaxParams)
	ep.position = core.Position{Epoch: string(r.bytes(core.MaxName)), Offset: r.number(1 << 62)}
	if flags&snapRefused != 0 {
		ep.refused = &core.Error{Code: core.Code(r.number(255)), Text: string(r.bytes(core.MaxText)), Remote: true}
		r.check(ep.refused.Code.Valid())
	}
	return ep
}

func (r *snapshotReader) subscription(s *socket) subscription {
	sub := subscription{id: r.number(s.lastSub), prefix: r.bytes(core.MaxName)}
	sub.opts.Overflow = core.Overflow(r.number(255))
	sub.opts.Interval = time.Duration(r.number(uint64(maxInterval/time.Millisecond))) * time.Millisecond
	r.check(sub.opts.Overflow.Valid() && sub.id > 0 && !s.subscribed(sub.id))
	return sub
}

// unsent reads a message that waits for credit. There may be more of them than a socket takes otherwise, because some are sent again; the size of a
// snapshot bounds them.
func (r *snapshotReader) unsent(s *socket) {
	o := outgoing{body: r.bytes(MaxSnapshot)}
	parts, err := o.body.Parts(nil)
	o.size = parts.Size()
	r.check(err == nil)
	s.unsent = append(s.unsent, o)
	s.unsentBytes += len(o.body)
}
