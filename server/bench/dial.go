package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// patience is how long a bridge may take to answer what opens a connection.
const patience = 15 * time.Second

const subprotocol = "zwb.v1"

// target is where a bridge is, and what its WebSocket wants to hear.
type target struct {
	address string // host:port
	secure  *tls.Config
	request string
	plain   bool
}

// newTarget reads the URL of a bridge. http and https stand for ws and wss, and a URL without a path for /data.
func newTarget(text string, plain bool) (*target, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a bridge, as in ws://127.0.0.1:8000/data", text)
	}
	t := &target{plain: plain}
	port := "80"
	switch u.Scheme {
	case "ws", "http":
	case "wss", "https":
		port, t.secure = "443", &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}}
	default:
		return nil, fmt.Errorf("%q is not the URL of a bridge: it begins with ws:// or wss://", text)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	t.address = net.JoinHostPort(u.Hostname(), port)
	if u.Path == "" || u.Path == "/" {
		u.Path = "/data"
	}
	t.request = "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nUser-Agent: zwb-bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " + subprotocol + "\r\n\r\n"
	return t, nil
}

// dial opens a WebSocket. rest is what came behind the answer.
func (t *target) dial(ctx context.Context) (conn net.Conn, rest []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err = new(net.Dialer).DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // closed with a reset, thousands of connections do not occupy their ports for a minute
	}
	if t.secure != nil {
		conn = tls.Client(conn, t.secure)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })
	defer stop()
	conn.SetDeadline(time.Now().Add(patience))
	if rest, err = t.upgrade(conn); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, rest, nil
}

func (t *target) upgrade(conn net.Conn) (rest []byte, err error) {
	if _, err := io.WriteString(conn, t.request); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(conn, 4096)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return nil, fmt.Errorf("there is no bridge at %s: it does not answer as a web server does: %w", t.address, err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return nil, fmt.Errorf("there is no bridge at this URL: %s answers %s %s", t.address, response.Status, strings.TrimSpace(string(text)))
	}
	if !t.plain && response.Header.Get("Sec-WebSocket-Protocol") != subprotocol {
		return nil, errors.New("this WebSocket is no bridge's: it does not speak " + subprotocol)
	}
	rest = make([]byte, r.Buffered())
	_, err = io.ReadFull(r, rest)
	return rest, err
}
