package server

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// engine is the engine of core over a real WebSocket, as every client has it.
type engine struct {
	t    *testing.T
	now  func() time.Duration
	conn *wsconn.Conn
	done chan struct{} // closed when the WebSocket has ended

	mu     sync.Mutex
	client *client.Client
	ended  error
	news   chan struct{}
}

func newEngine(t *testing.T, cfg client.Config, now func() time.Duration, sink func(*client.Event)) engine {
	return engine{t: t, now: now, client: client.New(cfg, sink), news: make(chan struct{}, 1)}
}

// redial puts the engine on another WebSocket, or on its first.
func (e *engine) redial(url string, header http.Header) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), patience)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, header, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		e.t.Fatal(err)
	}
	e.mu.Lock()
	e.conn, e.done, e.ended = conn, make(chan struct{}), nil
	e.client.Start(e.now())
	e.mu.Unlock()
	// Ended by leave, or cut.
	go e.read(conn, e.done)
	e.do(func(*client.Client) {})
}

// leave closes the WebSocket: the session ends with it.
func (e *engine) leave() {
	e.conn.Close(core.CloseNormal, "")
	<-e.done
}

// cut ends the WebSocket without a word.
func (e *engine) cut() {
	e.t.Helper()
	e.conn.Drop()
	<-e.done
	e.mu.Lock()
	defer e.mu.Unlock()
	e.client.Stop(nil)
}

func (e *engine) read(conn *wsconn.Conn, done chan struct{}) {
	defer close(done)
	for {
		batch, err := conn.Read(context.Background())
		e.do(func(c *client.Client) {
			if e.conn != conn {
				return // the engine has left it
			}
			if err == nil {
				err = c.Feed(batch, e.now())
			}
			e.ended = err
		})
		select {
		case e.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// do calls the engine and writes what it has to say.
func (e *engine) do(f func(*client.Client)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(e.client)
	for batch := e.client.Take(nil, e.now()); len(batch) > 0; batch = e.client.Take(nil, e.now()) {
		if e.conn.Write(context.Background(), batch) != nil {
			return
		}
	}
}

// subscribed makes a socket, has join connect it, and subscribes it.
func (e *engine) subscribed(typ core.SocketType, identity string, terms client.SubscribeOptions, prefixes []string,
	join func(*client.Client, uint32) error) (socket uint32) {
	e.t.Helper()
	e.do(func(c *client.Client) {
		id, err := c.NewSocket(typ, []byte(identity))
		if err == nil {
			err = join(c, id)
		}
		for _, prefix := range prefixes {
			if err == nil {
				_, err = c.Subscribe(id, []byte(prefix), terms)
			}
		}
		if err != nil {
			e.t.Fatal(err)
		}
		socket = id
	})
	return socket
}
