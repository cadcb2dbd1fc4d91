package zmtp

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// ZMTP 3.x framing, https://rfc.zeromq.org/spec/37/
const (
	flagMore    = 1 << 0
	flagLong    = 1 << 1
	flagCommand = 1 << 2
	flagsKnown  = flagMore | flagLong | flagCommand

	shortHeader = 2 // flags, one byte of length
	longHeader  = 9 // flags, eight bytes of length
)

// stageChunk is the size from which on a frame is received here, chunk by chunk, before zmq4 hears of it: zmq4 allocates
// what a header announces, and to announce costs a peer nothing.
const stageChunk = mebibyte

// commands is what becomes of the ZMTP commands a peer sends after the handshake. The functions are called by whoever
// reads; their arguments may alias the read buffer and hold only during the call.
type commands struct {
	ping      func(context []byte)
	pong      func(context []byte)
	subscribe func(prefix []byte, on bool) error
}

// guard is the net.Conn under a zmq4.Conn. zmq4 trusts its peer: it allocates what a header announces, takes commands
// for messages, and writes every frame on its own. The guard reads the stream as a state machine, lets pass only what is
// well-formed and within the limits, keeps commands to itself once the handshake is over, and buffers both directions.
//
// One goroutine reads, one writes; close may be called by anybody.
type guard struct {
	net.Conn
	limits   Limits
	commands commands

	in          *stream
	rest        []byte // of what we say in the handshake: not sent yet
	listens     bool   // our READY comes after the peer's
	peerType    string // the type of the peer's socket, in its words
	greeting    [greetingSize]byte
	greeted     bool
	encrypted   bool // what is below shakes hands, too
	established bool // the handshake is over; final before reader and writer part
	lends       bool // messages hold only until the next one is asked for; final before run

	room    room         // of wholeMessage
	lent    core.Message // likewise: the parts of a message in the read buffer
	header  [longHeader]byte
	pending []byte   // of the header: not yet read by zmq4
	body    int64    // of the frame's body: bytes not yet read by zmq4
	staged  [][]byte // of the frame's body: received, not yet read by zmq4; nil for a small frame
	size    int64    // bytes of the message so far
	parts   int      // frames of the message so far
	excess  *excess  // the message, when it is over a limit; nil: it is not
	fault   error    // first error; the stream ends with it

	wire *wire
	out  *tally
	buf  *bufio.Writer
}

// newGuard wraps conn. Until establish is called every write goes out at once and commands pass, which is what a
// handshake needs.
func newGuard(conn net.Conn, limits Limits, n *Traffic) *guard {
	w := &wire{Conn: conn, traffic: n}
	g := &guard{Conn: w, wire: w, limits: limits, out: &tally{Writer: w}}
	g.in = newStream(w)
	g.buf = bufio.NewWriterSize(g.out, ioBuffer)
	return g
}

// secure puts CURVE between the guard and the wire, before anything else is said.
func (g *guard) secure(keys curve.Keys) error {
	conn, err := curve.Client(g.wire, keys, g.limits.MaxFrame)
	if err != nil {
		return err
	}
	g.Conn, g.out.Writer = conn, conn
	g.in.reset(conn)
	g.encrypted = true
	return nil
}

// establish ends the handshake. It is called between the two, by the one goroutine that has the guard then.
func (g *guard) establish(commands commands, writeTimeout time.Duration) {
	g.commands = commands
	g.wire.timeout = writeTimeout
	g.wire.direct = newDirect(g.wire.Conn)
	g.established = true
}

// Read gives zmq4 the stream it may see, one header or one piece of a body at a time.
func (g *guard) Read(p []byte) (int, error) {
	if g.fault != nil {
		return 0, g.fault
	}
	if len(g.pending) == 0 && g.body == 0 {
		if err := g.next(); err != nil {
			return 0, g.fail(err)
		}
	}
	if len(g.pending) > 0 {
		n := copy(p, g.pending)
		g.pending = g.pending[n:]
		return n, nil
	}
	n, err := g.readBody(p[:min(int64(len(p)), g.body)])
	g.body -= int64(n)
	if err != nil {
		return n, g.fail(err)
	}
	return n, nil
}

func (g *guard) readBody(p []byte) (int, error) {
	if len(g.staged) == 0 {
		return g.in.Read(p)
	}
	n := copy(p, g.staged[0])
	if g.staged[0] = g.staged[0][n:]; len(g.staged[0]) == 0 {
		g.staged[0] = nil // what zmq4 has copied is not held any longer
		g.staged = g.staged[1:]
	}
	return n, nil
}

// fail remembers the first error. A stream that ends within a frame has ended all the same, but zmq4 would not take
// io.ErrUnexpectedEOF for an end.
func (g *guard) fail(err error) error {
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	g.fault = err
	return err
}

// next makes the greeting or the next frame readable.
func (g *guard) next() error {
	if !g.greeted {
		g.greeted = true
		return g.readGreeting()
	}
	if g.listens {
		g.listens = false
		if _, err := g.hear(shortHeader); err != nil {
			return err
		}
	}
	for {
		flags, size, n, err := g.peekHeader()
		if err != nil {
			return err
		}
		if flags&flagCommand == 0 {
			if readable, err := g.admitFrame(flags, size, n); readable || err != nil {
				return err
			}
			continue
		}
		if g.established && size > uint64(g.limits.MaxCommand) {
			if err := g.takeLongCommand(size, n); err != nil {
				return err
			}
			continue
		}
		if err := g.peekCommand(size, n); err != nil {
			return err
		}
		if !g.established {
			g.expose(n, size) // part of the handshake: zmq4 reads it
			return g.sendRest()
		}
		g.in.discard(n + int(size))
	}
}

// peekHeader looks at the header of the next frame, n bytes long, and leaves it in the buffer.
func (g *guard) peekHeader() (flags byte, size uint64, n int, err error) {
	b, err := g.in.peek(shortHeader)
	if err != nil {
		return 0, 0, 0, err
	}
	flags, size, n = b[0], uint64(b[1]), shortHeader
	if flags&^flagsKnown != 0 || flags&(flagCommand|flagMore) == flagCommand|flagMore {
		return 0, 0, 0, ProtocolError("a frame with flags %#02x", flags)
	}
	if flags&flagLong != 0 {
		if b, err = g.in.peek(longHeader); err != nil {
			return 0, 0, 0, err
		}
		size, n = binary.BigEndian.Uint64(b[1:]), longHeader
	}
	return flags, size, n, nil
}

// admitFrame checks a frame of a message against the limits, and makes it readable or leaves it out.
func (g *guard) admitFrame(flags byte, size uint64, n int) (readable bool, err error) {
	if !g.established {
		return false, ProtocolError("a message before the handshake was over")
	}
	if err := g.exceeds(size, tolerance); err != nil {
		return false, err
	}
	if reason := g.exceeds(size, 1); reason != nil && g.excess == nil {
		g.excess = &excess{reason: reason}
	}
	more, first := flags&flagMore != 0, g.parts == 0
	g.size += int64(size)
	g.parts++
	if !more {
		g.size, g.parts = 0, 0
	}
	if g.excess != nil {
		return g.leaveOut(more, first, size, n)
	}
	g.expose(n, size)
	if size > stageChunk {
		return true, g.stage(int64(size))
	}
	return true, nil
}

// expose hands a header of n bytes, and the size bytes behind it, to zmq4.
func (g *guard) expose(n int, size uint64) {
	b, _ := g.in.peek(n)
	g.pending = g.header[:copy(g.header[:], b)]
	g.body = int64(size)
	g.in.discard(n)
}

// stage receives a large body. What it allocates is never more than a chunk ahead of what has arrived.
func (g *guard) stage(size int64) error {
	for size > 0 {
		chunk := make([]byte, min(size, stageChunk))
		if _, err := io.ReadFull(g.in, chunk); err != nil {
			return err
		}
		g.staged = append(g.staged, chunk)
		size -= int64(len(chunk))
	}
	return nil
}

// Write buffers; during the handshake it also flushes.
func (g *guard) Write(p []byte) (int, error) {
	if !g.established && len(p) == greetingSize && g.offset() == 0 {
		return len(p), g.sendGreeting(asMinor(p, ourMinor))
	}
	if g.listens {
		g.rest = append(g.rest, p...)
		return len(p), nil
	}
	n, err := g.buf.Write(p)
	if err == nil && !g.established {
		err = g.buf.Flush()
	}
	return n, err
}

// flush writes what is buffered.
func (g *guard) flush() error { return g.buf.Flush() }
