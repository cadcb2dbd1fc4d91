package gateway

import (
	"context"
	"encoding/binary"
	"runtime/debug"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// peer is one live connection to a ZeroMQ peer, dialled or accepted. It has one reader, one writer, and a queue between
// the world and the writer, so that nobody outside ever waits for the network.
type peer struct {
	env   *environment
	guard *guard
	conn  *zmq4.Conn

	heartbeat time.Duration   // 0: off, or the peer knows no PING
	pongs     chan []byte     // contexts of the PINGs to be answered
	frames    [][]byte        // scratch of the writer
	flushed   []func()        // of the writer: to be called after the next flush
	gone      <-chan struct{} // closed when the connection has ended; set by run, for the reader

	// Set before run by whoever serves the peer; only out and onMessage are needed. The functions run in the reader
	// goroutine, patience in the writer. An error ends the connection. What is not a message aliases the read buffer.
	out       *outbox
	onMessage func(core.Message) error // the parts are the callee's to keep
	body      core.Body                // of the message onMessage is given, in wire form; nil when it was not made
	onPong    func(context []byte)
	onPrefix  func(prefix []byte, on bool) error // SUBSCRIBE or CANCEL, sent as a command
	patience  func() (intervals int)             // heartbeat intervals after which silence is death; nil: silentIntervals
}

// maxPongs bounds the answers owed to a peer; it gets fewer when it asks faster than it listens.
const maxPongs = 8

func newPeer(g *guard, conn *zmq4.Conn, e *environment) *peer {
	p := &peer{env: e, guard: g, conn: conn, pongs: make(chan []byte, maxPongs)}
	if g.minor() >= 1 && e.config.Heartbeat > 0 {
		p.heartbeat = e.config.Heartbeat
	}
	return p
}

// answersPing tells whether the peer knows PING: it exists since ZMTP 3.1.
func (p *peer) answersPing() bool { return p.guard.minor() >= 1 }

// identity is the routing id the peer asks for; usually none.
func (p *peer) identity() string { return p.conn.Peer.Meta["Identity"] }

// socketType is the type of the peer's socket.
func (p *peer) socketType() zmq4.SocketType { return zmq4.SocketType(p.conn.Peer.Meta["Socket-Type"]) }

// commands is how the guard reaches the peer.
func (p *peer) commands() commands {
	return commands{
		ping: func(context []byte) {
			select {
			case p.pongs <- append([]byte(nil), context...):
			default:
			}
		},
		pong: func(context []byte) {
			if p.onPong != nil {
				p.onPong(context)
			}
		},
		subscribe: func(prefix []byte, on bool) error {
			if p.onPrefix == nil {
				return nil
			}
			return p.onPrefix(prefix, on)
		},
	}
}

// run serves the connection until it fails or ctx ends, and returns the cause. By then reader and writer have ended
// and the connection is closed.
func (p *peer) run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	p.gone = ctx.Done()

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
func (p *peer) read() (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.env.config.Log.Error("gateway: panic while a message was handled", "panic", r, "stack", string(debug.Stack()))
			err = core.NewError(core.Internal, "the bridge failed to handle a message")
		}
	}()
	for {
		m, err := p.receive()
		if err != nil {
			return err
		}
		p.env.counters.messagesIn.Add(1)
		if err := p.onMessage(m); err != nil {
			return err
		}
	}
}

// receive waits for the next message.
func (p *peer) receive() (core.Message, error) {
	m, body, ok := p.guard.wholeMessage()
	if p.body = body; ok {
		return m, nil
	}
	received, err := p.conn.RecvMsg()
	if err != nil {
		return nil, p.readError(err)
	}
	return received.Frames, nil
}

// readError prefers the guard's reason, of which zmq4 only keeps the text.
func (p *peer) readError(err error) error {
	if p.guard.fault != nil {
		return p.guard.fault
	}
	return err
}

// write is the only goroutine that writes to the connection once run has begun.
func (p *peer) write(ctx context.Context) error {
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
		case <-p.out.ready:
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
func (p *peer) writeQueued() error {
	taken := p.out.take()
	for i := range taken {
		err := taken[i].out.write(p)
		p.out.written(&taken[i])
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) flush() error {
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

// send writes one message: the parts of head, then those of m. Only for the writer.
func (p *peer) send(head [][]byte, m core.Message) error {
	p.frames = append(append(p.frames[:0], head...), m...)
	err := p.conn.SendMsg(zmq4.NewMsgFrom(p.frames...))
	clear(p.frames)
	p.env.counters.messagesOut.Add(1)
	return err
}

// ping asks for a PONG with the same context, at most 16 bytes of it. Only for the writer.
func (p *peer) ping(context uint64) error {
	body := make([]byte, pingTTL, pingTTL+8) // TTL 0: the peer need not watch us
	if context != 0 {
		body = binary.BigEndian.AppendUint64(body, context)
	}
	return p.conn.SendCmd(zmq4.CmdPing, body)
}

// excuse is called now and then while the reader is kept from reading: the peer cannot be heard, and its PINGs go
// unanswered, so either end could take the other for dead.
func (p *peer) excuse() {
	p.guard.wire.received.Add(1)
	if !p.answersPing() {
		return
	}
	select {
	case p.pongs <- nil: // unasked
	default:
	}
}

// afterFlush calls f in the writer goroutine when everything sent so far has been written. Only for the writer.
func (p *peer) afterFlush(f func()) { p.flushed = append(p.flushed, f) }

// lifeSigns is what the heartbeat remembers between two intervals.
type lifeSigns struct {
	received uint64
	silent   int // intervals without a byte
}

// beat is called once in every interval: a peer that said something is alive, one that did not is asked.
func (p *peer) beat(life *lifeSigns) error {
	if received := p.guard.wire.received.Load(); received != life.received {
		life.received, life.silent = received, 0
		return nil
	}
	life.silent++
	limit := silentIntervals
	if p.patience != nil {
		limit = p.patience()
	}
	if life.silent >= limit {
		return errSilent
	}
	return p.ping(0)
}
