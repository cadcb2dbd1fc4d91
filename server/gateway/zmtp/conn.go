package zmtp

import (
	"context"
	"encoding/binary"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Conn is one live connection to a ZeroMQ peer, dialled or accepted. It has one reader, one writer, and a queue between
// the world and the writer, so that nobody outside ever waits for the network.
type Conn struct {
	config  *Config
	traffic *Traffic
	guard   *guard
	conn    *zmq4.Conn

	heartbeat time.Duration   // 0: off, or the peer knows no PING
	pongs     chan []byte     // contexts of the PINGs to be answered
	flushed   []func()        // of the writer: to be called after the next flush
	received  uint64          // of the reader: messages that are not in traffic yet
	sent      uint64          // likewise of the writer
	gone      <-chan struct{} // closed when the connection has ended; set by Run, for the reader
	asked     atomic.Pointer[question]

	// Endpoint is what the log calls the connection by. It is set before Run, by whoever has opened it.
	Endpoint core.Endpoint

	// Address is where it was dialled; zero if it was accepted. It is set likewise.
	Address core.Endpoint

	// These are set before Run by whoever serves the connection; only Out and OnMessage are needed. The functions run in the
	// reader goroutine, Patience and OnAnswer in the writer. An error ends the connection. What is not a message aliases the read buffer.
	Out       *Queue
	OnMessage func(m core.Message) error                        // the parts are the callee's to keep, but see LendMessages
	OnBytes   func(b []byte) (taken, messages int)              // is offered what has come, at the beginning of a message, and takes whole messages off it that it knows; OnMessage is called with all others; nil: with all. Only with LendMessages
	OnPause   func() (more bool, err error)                     // nothing has come of which OnMessage was not told: the reader is about to wait, or, if there is more to do meanwhile, to look whether something has come; nil: nobody wants to know
	OnExcess  func(head core.Message, reason *core.Error) error // a message over a limit was left out; head is its first parts, the first of them perhaps cut, or none; nil: nobody wants to know
	OnPong    func(context []byte)
	OnPrefix  func(prefix []byte, on bool) error // SUBSCRIBE or CANCEL, sent as a command
	Patience  func() (intervals int)             // heartbeat intervals after which silence is death; nil: SilentIntervals
	OnAnswer  func()                             // the peer, which may have been silent, was heard again; nil: nobody wants to know
	OnLive    func()                             // see Live; nil: nobody wants to know. It runs in the goroutine that serves
}

// maxPongs bounds the answers owed to a peer; it gets fewer when it asks faster than it listens.
const maxPongs = 8

func newConn(g *guard, conn *zmq4.Conn, c *Config, n *Traffic) *Conn {
	p := &Conn{config: c, traffic: n, guard: g, conn: conn, pongs: make(chan []byte, maxPongs)}
	if g.minor() >= 1 && c.Heartbeat > 0 {
		p.heartbeat = c.Heartbeat
	}
	return p
}

// AnswersPing tells whether the peer knows PING: it exists since ZMTP 3.1.
func (p *Conn) AnswersPing() bool { return p.guard.minor() >= 1 }

// Identity is the routing id the peer asks for; usually none.
func (p *Conn) Identity() string { return p.conn.Peer.Meta["Identity"] }

// SocketType is the type of the peer's socket.
func (p *Conn) SocketType() core.SocketType {
	t, _ := core.ParseSocketType(p.conn.Peer.Meta["Socket-Type"]) // the handshake lets no other pass
	return t
}

// Close ends the connection. It may be called at any time, by anybody.
func (p *Conn) Close() { p.guard.Close() }

// LendMessages says that OnMessage keeps nothing of a message: it is only lent, out of the read buffer. The list of parts is
// valid during the call, the parts are until OnPause is called next, or OnMessage with what came after that. It is to be
// called before Run.
func (p *Conn) LendMessages() { p.guard.lends = true }

// Unread is how many bytes have come behind the message that OnMessage is called with. Only the reader may call it.
func (p *Conn) Unread() int { return len(p.guard.in.unread()) }

// Full tells whether the last read brought as much as there was room for: there is likely more. Only the reader may call it.
func (p *Conn) Full() bool { return p.guard.in.full }

// Offset is how many bytes the kernel will have taken of this connection when everything that was sent has been flushed. Only
// the writer may call it, and whoever has joined it.
func (p *Conn) Offset() int64 { return p.guard.offset() }

// Written is how many bytes the kernel has taken. Only the writer may call it, and whoever has joined it.
func (p *Conn) Written() int64 { return p.guard.written() }

// Heartbeat is the time between two PINGs; 0: none are sent.
func (p *Conn) Heartbeat() time.Duration { return p.heartbeat }

// Gone is closed when the connection has ended. Only the reader may call it.
func (p *Conn) Gone() <-chan struct{} { return p.gone }

// commands is how the guard hands on the commands of the peer.
func (p *Conn) commands() commands {
	return commands{
		ping: func(context []byte) {
			select {
			case p.pongs <- append([]byte(nil), context...):
			default:
			}
		},
		pong: func(context []byte) {
			if p.OnPong != nil {
				p.OnPong(context)
			}
		},
		subscribe: func(prefix []byte, on bool) error {
			if p.OnPrefix == nil {
				return nil
			}
			return p.OnPrefix(prefix, on)
		},
	}
}

// Live says that whoever serves the connection has it in place: what is sent from now on can go over it. Run does so at its
// beginning, unless it was said before.
func (p *Conn) Live() {
	if told := p.OnLive; told != nil {
		p.OnLive = nil
		told()
	}
}

// Run serves the connection until it fails or ctx ends, and returns the cause. By then reader and writer have ended
// and the connection is closed.
func (p *Conn) Run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	p.gone = ctx.Done()
	p.Live()
	p.guard.in.pause = p.pause

	// To close the connection is the only way to end a Read or Write under way.
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(closed)
		p.guard.Close()
	})

	// The writer is ended by ctx and joined here.
	written := make(chan struct{})
	go func() {
		defer close(written)
		// What a peer said before it hung up is still to be read, by the reader, which ends when it has.
		if err := p.write(ctx); !isHangUp(err) {
			end(err)
		}
	}()

	end(p.read())
	<-written
	<-closed
	return context.Cause(ctx)
}

// read hands messages on until the connection ends. A panic in zmq4, or in what a message sets off, ends the connection
// and not the process.
func (p *Conn) read() (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.config.Log.Error("gateway: panic while a message was handled", "endpoint", p.Endpoint.String(), "panic", r, "stack", string(debug.Stack()))
			err = core.NewError(core.Internal, "the bridge failed to handle a message")
		}
	}()
	defer p.countReceived()
	for {
		if p.OnBytes != nil {
			p.offerBytes()
		}
		m, err := p.receive()
		if err != nil {
			return err
		}
		if p.received++; !p.guard.lends {
			p.countReceived() // it may be handed on at once
		}
		if err := p.OnMessage(m); err != nil {
			return err
		}
	}
}

// offerBytes offers what has come to who can read it himself.
func (p *Conn) offerBytes() {
	g := p.guard
	if !g.betweenMessages() {
		return
	}
	taken, messages := p.OnBytes(g.in.unread())
	g.in.discard(taken)
	p.received += uint64(messages)
}

// pause is called by the reader before it reads on.
func (p *Conn) pause() (more bool, err error) {
	p.countReceived()
	if p.OnPause == nil {
		return false, nil
	}
	return p.OnPause()
}

// countReceived puts what was received into traffic, which all connections have in common.
func (p *Conn) countReceived() {
	if p.received > 0 {
		p.traffic.MessagesIn.Add(p.received)
		p.received = 0
	}
}

// receive waits for the next message.
func (p *Conn) receive() (core.Message, error) {
	m, ok := p.guard.wholeMessage()
	if ok {
		return m, nil
	}
	for {
		received, err := p.conn.RecvMsg()
		if err != nil {
			return nil, p.readError(err)
		}
		head, excess := p.guard.takeExcess(received.Frames)
		if excess == nil {
			return received.Frames, nil
		}
		p.traffic.Excessive.Add(1)
		if p.OnExcess == nil {
			continue
		}
		if err := p.OnExcess(head, excess); err != nil {
			return nil, err
		}
	}
}

// readError prefers the guard's reason, of which zmq4 only keeps the text.
func (p *Conn) readError(err error) error {
	if p.guard.fault != nil {
		return p.guard.fault
	}
	return err
}

// write is the only goroutine that writes to the connection once Run has begun.
func (p *Conn) write(ctx context.Context) error {
	var tick <-chan time.Time
	if p.heartbeat > 0 {
		t := time.NewTicker(p.heartbeat)
		defer t.Stop()
		tick = t.C
	}
	var life lifeSigns
	for {
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.Out.ready:
			runtime.Gosched() // whoever else has something to send, and could run, has it sent with the same write
			err = p.writeQueued()
		case echo := <-p.pongs:
			err = p.conn.SendCmd(zmq4.CmdPong, echo)
		case <-tick:
			err = p.beat(&life)
		}
		if err == nil {
			err = p.flush()
		}
		if err != nil {
			return err
		}
	}
}

// writeQueued writes everything that has queued up; one flush follows for all of it.
func (p *Conn) writeQueued() error {
	for taken := p.Out.Take(); len(taken) > 0; {
		n, err := p.writeSome(taken)
		if err != nil {
			return err
		}
		taken = taken[n:]
	}
	return nil
}

// fewEntries is how many entries give their room back together, and fewBytes how large they are at least.
const (
	fewEntries = 32
	fewBytes   = ioBuffer
)

// writeSome writes the first entries, a few of them, and returns how many.
func (p *Conn) writeSome(taken []Entry) (n int, err error) {
	for bytes := int64(0); n < min(len(taken), fewEntries) && bytes < fewBytes && err == nil; n++ {
		bytes += taken[n].Size
		err = taken[n].Out.Write(p)
	}
	p.Out.Written(taken[:n])
	return n, err
}

func (p *Conn) flush() error {
	if p.sent > 0 {
		p.traffic.MessagesOut.Add(p.sent)
		p.sent = 0
	}
	if err := p.guard.flush(); err != nil {
		return err
	}
	for i, f := range p.flushed {
		f()
		p.flushed[i] = nil
	}
	p.flushed = p.flushed[:0]
	return nil
}

// Ping asks for a PONG with the same context, of eight bytes, unless it is 0. Only the writer may call it.
func (p *Conn) Ping(context uint64) error {
	body := make([]byte, pingTTL, pingTTL+8) // TTL 0: the peer need not watch us
	if context != 0 {
		body = binary.BigEndian.AppendUint64(body, context)
	}
	return p.conn.SendCmd(zmq4.CmdPing, body)
}

// Excuse is called now and then while the reader is kept from reading: the peer cannot be heard, and its PINGs go
// unanswered, so either end could take the other for dead.
func (p *Conn) Excuse() {
	p.guard.wire.received.Add(1)
	if !p.AnswersPing() {
		return
	}
	select {
	case p.pongs <- nil: // unasked
	default:
	}
}

// AfterFlush calls f in the writer goroutine when everything sent so far has been written. Only the writer may call it.
func (p *Conn) AfterFlush(f func()) { p.flushed = append(p.flushed, f) }
