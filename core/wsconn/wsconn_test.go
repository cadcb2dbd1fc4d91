//go:build !js

package wsconn_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
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
		ends := func(t *testing.T, limit int64) (client, server coretest.Conn) {
			o.Limit = limit
			return pair(t, o, o)
		}
		t.Run(name+", the client", func(t *testing.T) { coretest.TestConn(t, ends) })
		t.Run(name+", the server", func(t *testing.T) {
			coretest.TestConn(t, func(t *testing.T, limit int64) (a, b coretest.Conn) {
				client, server := ends(t, limit)
				return server, client
			})
		})
	}
}

// pair connects a client and a server.
func pair(t *testing.T, client, server wsconn.Options) (_, _ *wsconn.Conn) {
	t.Helper()
	accepted := make(chan *wsconn.Conn, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsconn.Accept(w, r, server)
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}))
	t.Cleanup(web.Close)
	conn, err := wsconn.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil, client)
	if err != nil {
		t.Fatal(err)
	}
	other := <-accepted
	t.Cleanup(func() {
		conn.Drop()
		other.Drop()
	})
	return conn, other
}

func TestOtherKind(t *testing.T) {
	text, binary := pair(t, wsconn.Options{Text: true}, wsconn.Options{})
	if err := text.Write(t.Context(), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := binary.Read(t.Context()); core.CodeOf(err) != core.Protocol {
		t.Errorf("text on a binary connection: %v", err)
	}
}

func TestSubprotocol(t *testing.T) {
	a, b := pair(t, wsconn.Options{Subprotocol: core.Subprotocol}, wsconn.Options{Subprotocol: core.Subprotocol})
	if a.Subprotocol() != core.Subprotocol || b.Subprotocol() != core.Subprotocol {
		t.Errorf("agreed on %q and %q", a.Subprotocol(), b.Subprotocol())
	}
}

// TestDialFails checks that the HTTP status of a server that accepts no WebSocket becomes an error code.
func TestDialFails(t *testing.T) {
	accept := func(w http.ResponseWriter, r *http.Request) {
		if conn, err := wsconn.Accept(w, r, wsconn.Options{}); err == nil {
			conn.Read(r.Context())
		}
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		want  core.Code
	}{
		"401":                 {status(http.StatusUnauthorized), core.Unauthenticated},
		"403":                 {status(http.StatusForbidden), core.Denied},
		"404":                 {status(http.StatusNotFound), core.Unsupported},
		"426":                 {status(http.StatusUpgradeRequired), core.Unsupported},
		"a web page":          {status(http.StatusOK), core.Unsupported},
		"502":                 {status(http.StatusBadGateway), core.Unavailable},
		"another subprotocol": {accept, core.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(tt.serve)
			defer web.Close()
			_, err := wsconn.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil, wsconn.Options{Subprotocol: core.Subprotocol})
			if core.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := wsconn.Dial(t.Context(), "ws://127.0.0.1:1", nil, wsconn.Options{}); core.CodeOf(err) != core.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
