package zws

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
)

// stage is how far a peer is.
type stage int

const (
	first     stage = iota // nothing has come yet
	judged                 // it has shown credentials, and waits to hear what becomes of them
	initiated              // they were accepted, and it has to say what it is
	opening                // the bridge opens the endpoint for it
	talking
)

// peer is one WebSocket, and one socket that stands in for it. It implements translator.Dialect.
type peer struct {
	Wish
	conn     *translator.Conn
	engine   *client.Client
	stage    stage
	commands bool // there is a handshake of commands
	socket   uint32
	typ      core.SocketType // of the socket
	of       core.SocketType // of the peer

	limit int          // payload bytes of a message
	parts core.Message // of a message that is not complete
	size  int
	next  core.Message // a message that has to wait

	subscriptions map[string][]uint64     // by prefix
	prefixes      map[uint64]string       // of them
	asked         map[uint64]core.Message // what stood in front of a request of the peer
	asks          []uint64                // requests of backends that the peer answers, in order
}

// New puts a translator in front of ws.
func New(ws translator.WebSocket, cfg translator.Config, w Wish) *translator.Conn {
	cfg.Agent, cfg.HWM = w.subprotocol, 1 // what waits besides waits at the peer
	cfg.NoPings = w.subprotocol == bare   // where a libzmq does not answer them
	return translator.New(ws, cfg, func(conn *translator.Conn) translator.Dialect {
		return &peer{Wish: w, conn: conn, engine: conn.Engine(), limit: cfg.MaxMessage, subscriptions: map[string][]uint64{}, prefixes: map[uint64]string{},
			asked: map[uint64]core.Message{}}
	})
}

// Unsent is part of translator.Dialect.
func (p *peer) Unsent() (socket uint32, is bool) { return p.socket, p.socket != 0 && p.typ.Sends() }

// Receive is part of translator.Dialect.
func (p *peer) Receive(message []byte, text bool) error {
	flag, body, err := parseFrame(message, text)
	if err != nil {
		return translator.CloseOf(err)
	}
	switch {
	case p.next != nil:
		err = p.pass()
	case p.stage == first:
		err = p.begin(flag, body)
	case flag == flagCommand:
		err = p.command(body)
	case p.stage != talking && p.commands:
		err = core.NewError(core.Protocol, "a message before the handshake is over")
	default:
		err = p.part(flag, body)
	}
	if err == nil || err == translator.ErrLater {
		return err
	}
	return translator.CloseOf(err)
}

// part puts a message together, of which this is the next part.
func (p *peer) part(flag byte, body []byte) error {
	p.parts = append(p.parts, body)
	p.size += len(body)
	if len(p.parts) > core.MaxParts || p.size > p.limit {
		return core.NewError(core.TooLarge, "a message has too many parts, or is too large")
	}
	p.conn.Keep(p.size)
	if flag == flagMore {
		return nil
	}
	p.next, p.parts, p.size = p.parts, nil, 0
	p.conn.Keep(0)
	return p.pass()
}

// pass passes on the message that has to, if it can be now.
func (p *peer) pass() error {
	err := p.send(p.next)
	if core.CodeOf(err) == core.Busy {
		err = translator.ErrLater
	}
	if err != translator.ErrLater {
		p.next = nil
	}
	return err
}
