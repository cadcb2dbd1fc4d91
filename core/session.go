package core

import (
	"encoding/binary"
	"sync"
	"time"
)

// Version is the highest version of the protocol that this package speaks. Subprotocol is the protocol's name in the
// WebSocket handshake.
const (
	Version     = 1
	Subprotocol = "zwb.v1"
)

// DefaultMaxMessage is how many payload bytes a message may have unless it is configured otherwise: 16 MiB.
const DefaultMaxMessage = 16 << 20

// SessionConfig configures a Session, at the bridge or at the client. The comment of a field that only one of them uses
// says so. Zero fields have the defaults that their comments name.
type SessionConfig struct {
	Bridge     bool          // this is the bridge's end; false: the client's
	MaxMessage int           // payload bytes of the largest message accepted, at least 128 KiB; default DefaultMaxMessage
	Heartbeat  time.Duration // only at the bridge: silence after which it sends a Ping; default 15 s. Welcome tells it to the client.
	Window     int           // bytes sent and not acknowledged at which sending pauses, if the session is kept; default 4 MiB
	Agent      string        // name and version, for the other end's logs
	Without    Capability    // extensions that this end does not have, as an older one; default none

	// Spare is how many bytes of memory may be kept of what the other end has acknowledged, for what comes next. It is asked whenever
	// there is some. Default: 16 KiB.
	Spare func() int

	// Message gets the Messages that Feed is fed once the session is open, instead of the handle of Feed: most frames are
	// Messages, and all that it takes to handle one is its socket and its body. Default: handle gets them.
	Message func(socket uint32, body Body) error
}

// Session is one end of a zwb.v1 session. It encodes and numbers frames, puts them together into WebSocket messages,
// acknowledges, answers heartbeats, and notices a silent peer. It outlives its WebSocket if the bridge keeps sessions
// (resume.go). Both ends are this type. It is not safe for concurrent use; whoever owns the connection owns the Session.
//
// Times are durations since any fixed moment; they must not go backwards.
//
// A bridge has many of them, each of which is in no cache when something comes for it. What every message needs is in front, and all of
// it takes seven lines of 64 bytes.
type Session struct {
	phase     phase
	received  uint64        // numbered frames fed
	sent      uint64        // numbered frames appended
	heard     time.Duration // when bytes last came in
	spoke     time.Duration // when bytes were last taken to be written
	pinged    time.Duration // when the last Ping was appended
	heartbeat time.Duration
	probing   *probing // only at the client; nil: this is the bridge

	keeping keeping

	peerLimit int     // bytes of the largest WebSocket message the peer accepts
	peerSeq   uint64  // numbered frames that the peer has acknowledged
	journal   journal // the numbered frames
	control   []byte  // frames of the connection itself that were not taken yet; they go first

	cfg    SessionConfig
	shared Capability // what both ends have, as the peer has last announced it
	spoken []byte     // those of control that were taken last, whose memory is used again
	pings  uint64
	in     *Frame // of Feed, while it needs one
}

type phase uint8

const (
	greeting phase = iota // the bridge has received no Hello yet, or the client no Welcome
	greeted               // only at the bridge: Hello was received, Welcome not sent yet
	open
)

// NewSession makes a session that starts at the time now. A client then calls Greet, which appends its first frame, Hello.
func NewSession(cfg SessionConfig, now time.Duration) *Session {
	if cfg.MaxMessage <= 0 {
		cfg.MaxMessage = DefaultMaxMessage
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	if cfg.Window <= 0 {
		cfg.Window = 4 << 20
	}
	s := &Session{cfg: cfg, heartbeat: cfg.Heartbeat, heard: now, spoke: now, peerLimit: softBatch, journal: journal{mostSpare: cfg.Spare}}
	if !cfg.Bridge {
		s.probing = new(probing)
	}
	return s
}

// Limit is the number of bytes of the largest WebSocket message this end accepts.
func (s *Session) Limit() int { return max(s.cfg.MaxMessage+frameOverhead, minLimit) }

// MaxSend is the number of payload bytes of the largest message the peer accepts.
func (s *Session) MaxSend() int { return max(0, s.peerLimit-frameOverhead) }

// MaxReceive is that of the largest message this end was told to accept.
func (s *Session) MaxReceive() int { return s.cfg.MaxMessage }

// Open tells whether Hello and Welcome have been exchanged.
func (s *Session) Open() bool { return s.phase == open }

// Greet appends the client's Hello. credentials are JSON, or nil for none.
func (s *Session) Greet(credentials []byte) {
	f := Frame{Kind: KindHello, Version: Version, Limit: uint64(s.Limit()), Name: s.keeping.token,
		Text: ClipText(s.cfg.Agent), Params: credentials, Flags: uint64(s.announced())}
	if s.Resumable() {
		f.Seq = s.received
	}
	s.append(&f)
}

// Welcome appends the bridge's answer to an accepted Hello and opens the session.
func (s *Session) Welcome() { s.welcomeWith(0) }

func (s *Session) welcomeWith(flags uint64) {
	s.phase = open
	k := &s.keeping
	s.append(&Frame{Kind: KindWelcome, Version: Version, Flags: flags | uint64(s.announced()), Limit: uint64(s.Limit()),
		Millis: uint64(s.heartbeat / time.Millisecond), Retain: uint64(k.retain / time.Millisecond), Seq: s.received,
		Code: k.refused, Name: k.token, Text: ClipText(s.cfg.Agent)})
	k.acked, k.size = s.received, 0
}

// GoAway asks the client to leave within delay, and to connect again, here or elsewhere. If the bridge sends it instead of
// Welcome, it turns the client away, and the client does not connect again before delay has passed.
func (s *Session) GoAway(delay time.Duration, text string) {
	s.append(&Frame{Kind: KindGoAway, Millis: uint64(delay / time.Millisecond), Text: ClipText(text)})
}

// Expiring tells the client in what time its credentials will not be valid any more, so that it hands over others. A code
// says why those that it handed over last were refused. A client that knows nothing of it is told nothing.
func (s *Session) Expiring(in time.Duration, code Code, text string) {
	if s.Can(CanRenew) {
		s.append(&Frame{Kind: KindExpiring, Millis: uint64(max(0, in) / time.Millisecond), Code: code, Text: ClipText(text)})
	}
}

// Renew hands over other credentials, JSON or nil, while the session is open. It tells whether the bridge can take them.
func (s *Session) Renew(credentials []byte) bool {
	can := s.Open() && s.Can(CanRenew) && len(credentials) <= MaxParams
	if can {
		s.append(&Frame{Kind: KindCredentials, Params: credentials})
	}
	return can
}

// Append queues a numbered frame. It fails with TooLarge when the peer would not accept the frame, and then queues nothing.
func (s *Session) Append(f *Frame) error {
	if len(f.Name) > MaxName || len(f.Text) > MaxText || len(f.Params) > MaxParams {
		return errLongField
	}
	size := maxHeader + f.fieldsSize()
	if err := s.admitSize(size); err != nil {
		return err
	}
	s.enter(f, size)
	return nil
}

// admitSize refuses a frame that the peer does not accept.
func (s *Session) admitSize(size int) error {
	if size > s.peerLimit {
		return NewError(TooLarge, "the frame has "+itoa(size)+" bytes, the peer accepts "+itoa(s.peerLimit))
	}
	return nil
}

// AppendSpan queues count numbered frames that are encoded already, one after the other (AppendFrame). If span is shared nobody
// may change it any more: it may be referred to until the peer has acknowledged it, and be in other sessions as well. Else it is
// copied. largest is the size of the largest of the frames; it fails as Append does.
func (s *Session) AppendSpan(span []byte, count, largest int, shared bool) error {
	if err := s.admitSize(maxHeader + largest); err != nil {
		return err
	}
	s.sent += uint64(count)
	s.journal.appendSpan(span, count, shared)
	return nil
}

// maxHeader is more than what a frame has in front of its fields: its length and its kind.
const maxHeader = 16

func (s *Session) append(f *Frame) {
	s.enter(f, maxHeader+f.fieldsSize())
}

// enter queues a frame that takes at most size bytes.
func (s *Session) enter(f *Frame, size int) {
	if !f.Kind.Numbered() {
		s.control = AppendFrame(s.control, f)
		return
	}
	s.sent++
	s.journal.append(f, size)
}

// Feed takes one WebSocket message and hands its frames to handle, in order. A frame is valid until handle returns; its
// Name, Text, Params and Body alias batch. Feed deals with Ack, Ping and Pong itself, and hands on Hello, Welcome and
// GoAway.
//
// An error ends the connection. It is a *CloseError, or whatever handle has returned.
func (s *Session) Feed(batch []byte, now time.Duration, handle func(*Frame) error) error {
	s.heard = now
	s.heardWhileProbing(now)
	size := len(batch)
	if size > s.Limit() {
		return closeWith(CloseTooLarge, "WebSocket message of "+itoa(size)+" bytes, the limit is "+itoa(s.Limit()))
	}
	if size == 0 {
		return closeFor(errNoFrame)
	}
	defer s.giveFrameBack()
	s.keeping.confirmed = s.phase == open                                   // a peer that speaks after Welcome has read Welcome
	for cuts := s.keeping.cuts; len(batch) > 0 && s.keeping.cuts == cuts; { // handle may cut the session; then the rest of the batch will come again
		if s.cfg.Message != nil && s.phase == open {
			rest, err := s.messages(batch)
			if err != nil {
				return err
			}
			if len(rest) < len(batch) {
				batch = rest
				continue
			}
		}
		kind, fields, rest, err := SplitFrame(batch)
		if err != nil {
			return closeFor(err)
		}
		batch = rest
		if err := s.frame(s.borrowFrame(), kind, fields, handle); err != nil {
			return err
		}
	}
	s.acknowledge(size, now)
	return nil
}

// messages hands on the Messages with which a batch begins, and returns the rest of the batch. It does for them what frame
// does for frames of all kinds, and stops at whatever is not as it should be: frame knows what is wrong with it. Numbers of
// one byte, which most are, are read in place.
func (s *Session) messages(batch []byte) (rest []byte, err error) {
	for cuts := s.keeping.cuts; len(batch) > 0 && s.keeping.cuts == cuts; {
		size, n := uint64(batch[0]), 1
		if size >= 0x80 {
			size, n = binary.Uvarint(batch)
		}
		if n <= 0 || size < 2 || size > uint64(len(batch)-n) || Kind(batch[n]) != KindMessage {
			return batch, nil
		}
		end := n + int(size)
		fields := batch[n+1 : end]
		socket, n := uint64(fields[0]), 1
		if socket >= 0x80 {
			socket, n = binary.Uvarint(fields)
		}
		if n <= 0 || socket == 0 || socket > 1<<32-1 {
			return batch, nil
		}
		s.received++
		batch = batch[end:]
		if err := s.cfg.Message(uint32(socket), Body(fields[n:])); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// frames are for Feed, so that receiving does not allocate: most sessions receive nothing most of the time, and have none.
var frames = sync.Pool{New: func() any { return new(Frame) }}

func (s *Session) borrowFrame() *Frame {
	if s.in == nil {
		s.in = frames.Get().(*Frame)
	}
	return s.in
}

// giveFrameBack gives it back empty: it would keep the batch in memory.
func (s *Session) giveFrameBack() {
	if s.in != nil {
		*s.in = Frame{}
		frames.Put(s.in)
		s.in = nil
	}
}

// pong answers a Ping. It is here that a peer is noticed which does not read the answers, rather than when the WebSocket
// message has been handled: that may have millions of Pings.
func (s *Session) pong(id uint64) error {
	if len(s.control) > maxControl {
		return closeWith(CloseOverloaded, "more Pings than answers are read")
	}
	s.append(&Frame{Kind: KindPong, ID: id})
	return nil
}

func (s *Session) frame(f *Frame, kind Kind, fields []byte, handle func(*Frame) error) error {
	if err := s.admit(kind); err != nil {
		return err
	}
	if kind.Numbered() { // only now, because a frame that was refused does not count as received
		s.received++
	}
	if !kind.Known() {
		return nil
	}
	if err := f.ParseFields(kind, fields); err != nil {
		return closeWith(closeFor(err).Close, kind.String()+": "+err.Error())
	}
	switch kind {
	case KindAck:
		return s.acked(f.Seq)
	case KindPing:
		return s.pong(f.ID)
	case KindPong:
		s.probing.answered(f.ID, s.pings, s.heard)
		return nil
	case KindHello:
		return s.hello(f, handle)
	case KindWelcome:
		return s.welcome(f, handle)
	}
	return handle(f)
}

// admit refuses a kind that this end never receives, or may not receive now.
func (s *Session) admit(kind Kind) error {
	if !kind.Known() {
		return s.admitPhase(kind)
	}
	sender := fromClient
	if !s.cfg.Bridge {
		sender = fromBridge
	}
	if layouts[kind].sender&sender == 0 {
		return closeWith(CloseState, kind.String()+" does not come from this end")
	}
	return s.admitPhase(kind)
}

// admitPhase checks that the peer keeps to the handshake: its first frame comes once, and no other frame comes before the
// session is open.
func (s *Session) admitPhase(kind Kind) error {
	first := s.expected()
	switch {
	case kind == KindGoAway && s.phase == greeting:
		return nil // the bridge turns the client away
	case kind == first && s.phase != greeting:
		return closeWith(CloseState, "a second "+kind.String())
	case kind != first && s.phase == greeting:
		return closeWith(CloseState, "the first frame is "+first.String()+", not "+kind.String())
	case s.phase == greeted:
		return closeWith(CloseState, kind.String()+" before Welcome")
	}
	return nil
}

// expected is the kind of the peer's first frame.
func (s *Session) expected() Kind {
	if s.cfg.Bridge {
		return KindHello
	}
	return KindWelcome
}

func (s *Session) hello(f *Frame, handle func(*Frame) error) error {
	if f.Version < Version {
		return closeWith(CloseVersion, "this bridge speaks version 1")
	}
	if err := s.setPeerLimit(f.Limit); err != nil {
		return err
	}
	s.hear(f.Flags)
	s.phase = greeted
	return handle(f)
}

func (s *Session) welcome(f *Frame, handle func(*Frame) error) error {
	if f.Version != Version {
		return closeWith(CloseVersion, "this client speaks version 1")
	}
	if err := s.setPeerLimit(f.Limit); err != nil {
		return err
	}
	if f.Millis > 0 {
		s.heartbeat = time.Duration(min(f.Millis, uint64(time.Hour/time.Millisecond))) * time.Millisecond
	}
	s.hear(f.Flags)
	s.phase = open
	if err := s.welcomed(f); err != nil {
		return err
	}
	return handle(f)
}

// minLimit is the least number of bytes that a peer has to accept in a WebSocket message, so that every frame without a
// body fits.
const minLimit = softBatch + frameOverhead + MaxParams

func (s *Session) setPeerLimit(limit uint64) error {
	if limit < minLimit {
		return closeWith(CloseState, "a limit below "+itoa(minLimit)+" bytes leaves no room for control frames")
	}
	s.peerLimit = int(min(limit, 1<<30))
	return nil
}
