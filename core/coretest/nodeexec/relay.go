//go:build !js

package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// relay connects each two WebSockets with the same path to each other.
type relay struct {
	mu sync.Mutex

	waiting map[string]*websocket.Conn // by path
}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	conn, err := websocket.Accept(w, req, &websocket.AcceptOptions{
		Subprotocols: []string{core.Subprotocol}, InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered the request
	}
	conn.SetReadLimit(-1)
	if other := r.join(req.URL.Path, conn); other != nil {
		go pump(other, conn) // it ends when one of the two does
		pump(conn, other)
	}
}

// join returns the WebSocket that has been waiting at this path. If there is none, it returns nil, and conn waits.
func (r *relay) join(path string, conn *websocket.Conn) *websocket.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	other := r.waiting[path]
	if other == nil {
		r.waiting[path] = conn
	} else {
		delete(r.waiting, path)
	}
	return other
}

// pump passes on the messages of one WebSocket to the other, and then its close code.
func pump(from, to *websocket.Conn) {
	for {
		kind, b, err := from.Read(context.Background())
		var closed websocket.CloseError
		switch {
		case errors.As(err, &closed):
			to.Close(closed.Code, closed.Reason)
			return
		case err != nil:
			to.CloseNow()
			return
		}
		if to.Write(context.Background(), kind, b) != nil {
			return // the pump of the other direction sees how it ended
		}
	}
}
