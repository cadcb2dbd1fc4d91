//go:build !js

package wsconn

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

// The library checks and answers every handshake. What it keeps for a connection, some 2.5 KB in 20 things, is needed only when
// something comes or goes that is not simple: a Ping, a Close, a fragment. Most connections never have any of it before their end, so
// the library is given the connection when there is.

// library is the library's connection. The error says that it cannot be had.
func (c *Conn) library() (*websocket.Conn, error) {
	if ws := c.ws.Load(); ws != nil {
		return ws, nil
	}
	c.late.Lock()
	defer c.late.Unlock()
	if ws := c.ws.Load(); ws != nil {
		return ws, nil
	}
	if c.dropped.Load() {
		return nil, net.ErrClosed
	}
	accept := &websocket.AcceptOptions{InsecureSkipVerify: true}
	if c.either {
		accept.OnPongReceived = func(context.Context, []byte) { c.ponged.Store(true) }
	}
	ws, err := websocket.Accept(&latecomer{tcp: c.tcp, whole: c.texts}, handshakeAgain(), accept)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(-1) // the library would close with 1009; readWhole checks the limit instead, and the owner chooses the code
	if c.ws.Store(ws); c.dropped.Load() {
		ws.CloseNow() // Drop may not have seen it
	}
	return ws, nil
}

// latecomer gives the library a connection whose handshake it has answered before. What it answers this time goes nowhere.
type latecomer struct {
	tcp    *lookingConn
	whole  bool // its buffers are for messages; else most of what is read and written goes past it
	header http.Header
}

// Buffers of the library that are enough for headers and control frames; and one that is for messages.
const (
	smallReader = 128
	smallWriter = 512
	wholeWriter = 4 << 10
)

// Header is part of http.ResponseWriter.
func (l *latecomer) Header() http.Header {
	if l.header == nil {
		l.header = http.Header{}
	}
	return l.header
}

// Write is part of http.ResponseWriter.
func (l *latecomer) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader is part of http.ResponseWriter.
func (l *latecomer) WriteHeader(int) {}

// Hijack is part of http.Hijacker.
func (l *latecomer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	size := smallWriter
	if l.whole {
		size = wholeWriter
	}
	return l.tcp, bufio.NewReadWriter(bufio.NewReaderSize(l.tcp, smallReader), bufio.NewWriterSize(l.tcp, size)), nil
}

// handshakeAgain is a handshake as any other.
func handshakeAgain() *http.Request {
	return &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Connection": {"Upgrade"},
		"Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}}
}

// hijacker takes the connection of a handshake that the library has answered, and leaves the library without it.
type hijacker struct {
	http.ResponseWriter
	limit int64
	taken *accepted // set by Hijack
}

// errTaken is what the library is told of a handshake that went well.
var errTaken = errors.New("the connection is not for the library yet")

// Unwrap is for http.ResponseController.
func (h *hijacker) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// Hijack is part of http.Hijacker. What has been read ahead is read again, over a connection that looks at the header of every frame
// that comes over it. Conn itself checks the size of a message as its bytes arrive, and would wait for as long as they take.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	ahead, _ := buffers.Reader.Peek(buffers.Reader.Buffered())
	h.taken = new(accepted)
	h.taken.tcp.open(conn, ahead, h.limit)
	return nil, nil, errTaken
}

// Write is part of http.ResponseWriter. When the connection was taken the library says so to nobody.
func (h *hijacker) Write(p []byte) (int, error) {
	if h.taken != nil {
		return len(p), nil
	}
	return h.ResponseWriter.Write(p)
}

// WriteHeader is part of http.ResponseWriter.
func (h *hijacker) WriteHeader(status int) {
	if h.taken == nil {
		h.ResponseWriter.WriteHeader(status)
	}
}
