//go:build !js

package wsconn_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

func TestConn(t *testing.T) {
	for name, o := range map[string]wsconn.Options{
		"binary": {Subprotocol: core.Subprotocol},
		"text":   {Text: true},
	} {
		t.Run(name+", client first", func(t *testing.T) {
			coretest.TestConn(t, func(t *testing.T, limit int64) (a, b coretest.Conn) {
				o.Limit = limit
				client, server := pair(t, o, o)
				return client, server
			})
		})
		t.Run(name+", server first", func(t *testing.T) {
			coretest.TestConn(t, func(t *testing.T, limit int64) (a, b coretest.Conn) {
				o.Limit = limit
				client, server := pair(t, o, o)
				return server, client
			})
		})
	}
}

// pair connects a client and a server.
func pair(t *testing.T, client, server wsconn.Options) (*wsconn.Conn, *wsconn.Conn) {
	t.Helper()
	accepted := make(chan *wsconn.Conn, 1)
	leave := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsconn.Accept(w, r, server)
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
		<-leave // coder/websocket ends a connection with its handler
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(leave) })
	conn, err := wsconn.Dial(t.Context(), "ws"+s.URL[len("http"):], nil, client)
	if err != nil {
		t.Fatal(err)
	}
	return conn, <-accepted
}
