package legacy

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
)

// Config of a translator; the zero value works.
type Config struct {
	RequestTimeout time.Duration // of every request; default 30 s
	MaxMessage     int           // payload bytes of one message; default core.DefaultMaxMessage
}

// page is a client of 2012. It implements translator.Dialect.
type page struct {
	conn    *translator.Conn
	sockets map[uint32]*socket
	byName  map[string]*socket
}

// New puts a translator in front of ws, whose messages are text.
func New(ws translator.WebSocket, cfg Config) *translator.Conn {
	return translator.New(ws, translator.Config{Agent: "bridge.js (2012)", MaxMessage: cfg.MaxMessage, RequestTimeout: cfg.RequestTimeout, NoPings: true},
		func(conn *translator.Conn) translator.Dialect {
			conn.Start(nil)
			return &page{conn: conn, sockets: map[uint32]*socket{}, byName: map[string]*socket{}}
		})
}

// Unsent is part of translator.Dialect. Sockets of this protocol send requests only.
func (*page) Unsent() (socket uint32, is bool) { return 0, false }

var errMalformed = core.NewCloseError(core.CloseMalformed, "a message is a JSON object with identity, msg_type and content")
