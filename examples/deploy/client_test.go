//go:build long

package deploy

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// somewhere and elsewhere are where clients come from, as far as a proxy that is told so knows.
const (
	somewhere = "203.0.113.5"
	elsewhere = "203.0.113.99"
)

// notTheProxy is where they come from otherwise: this machine, by an address that is not the proxy's.
const notTheProxy = "127.0.0.2"

// visit is how a client comes to a site.
type visit struct {
	from   string // "": somewhere
	path   string // "": /zwb/data
	host   string // "": bridge.example.org
	token  string
	header map[string]string
}

// client is an HTTP client that comes from an address.
func (s *site) client(from string) *http.Client {
	if from == "" {
		from = somewhere
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(notTheProxy)}}
		if s.told || s.balanced {
			d.LocalAddr = nil
		}
		conn, err := d.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err == nil && s.told {
			_, err = fmt.Fprintf(conn, "PROXY TCP4 %s 127.0.0.1 4711 443\r\n", from)
		}
		return conn, err
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: s.trust.pool, ServerName: "bridge.example.org"}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// address is what the audit has as the address of such a client.
func (s *site) address(from string) string {
	if s.told {
		return from
	}
	return notTheProxy
}

// open opens a WebSocket. It lasts as long as the test.
func (s *site) open(t *testing.T, v visit) (*zmq.Context, error) {
	t.Helper()
	if v.path == "" {
		v.path = "/zwb/data"
	}
	client := s.client(v.from)
	client.Timeout = 0 // the WebSocket is to stay
	opts := zmq.Options{Token: v.token}
	opts.Dial = func(ctx context.Context, url string) (zmq.Conn, error) {
		ws, answer, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, HTTPHeader: headers(v.header), Host: v.host,
			Subprotocols: []string{core.Subprotocol}})
		if err != nil {
			if answer != nil && answer.StatusCode == http.StatusUnauthorized {
				return nil, core.NewError(core.Unauthenticated, answer.Status)
			}
			return nil, core.NewError(core.Unavailable, err.Error())
		}
		ws.SetReadLimit(1 << 20)
		return conn{ws}, nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := zmq.Dial(ctx, "wss://bridge.example.org"+v.path, opts)
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

// ask opens a WebSocket, and asks the backend behind the bridge.
func (s *site) ask(t *testing.T, v visit) error {
	t.Helper()
	c, err := s.open(t, v)
	if err != nil {
		return err
	}
	return echo(t, c)
}

func echo(t *testing.T, c *zmq.Context) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req := c.Socket(zmq.REQ)
	if err := req.Connect("echo", nil); err != nil {
		return err
	}
	reply, err := req.Request(ctx, []byte("hello"))
	if err == nil && string(reply[0]) != "hello" {
		err = fmt.Errorf("the answer is %q", reply)
	}
	return err
}

// get returns the status of a request.
func (s *site) get(t *testing.T, path string) int {
	t.Helper()
	answer, err := s.client("").Get("https://bridge.example.org" + path)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func headers(of map[string]string) http.Header {
	h := http.Header{}
	for name, value := range of {
		h.Set(name, value)
	}
	return h
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// conn is a WebSocket as core/zmq wants it.
type conn struct{ ws *websocket.Conn }

func (c conn) Read(ctx context.Context) ([]byte, error) {
	_, b, err := c.ws.Read(ctx)
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return nil, &core.CloseError{Close: core.CloseCode(closed.Code), Reason: closed.Reason}
	}
	return b, err
}

func (c conn) Write(ctx context.Context, b []byte) error {
	return c.ws.Write(ctx, websocket.MessageBinary, b)
}

func (c conn) Close(code core.CloseCode, reason string) error {
	return c.ws.Close(websocket.StatusCode(code), reason)
}

func (c conn) Drop() error { return c.ws.CloseNow() }

const patience = 30 * time.Second
