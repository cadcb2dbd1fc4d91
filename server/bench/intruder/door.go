package intruder

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Patience is how long an intruder waits for anything, unless its Door says otherwise.
const Patience = 2 * time.Second

// Door is where a bridge is, and what the handshake of a WebSocket says there. The zero value of each field is what a program
// says that is no browser.
type Door struct {
	Address  string // of the bridge
	Path     string // default /data
	Host     string // default the Address
	Origin   string
	Headers  []string // whole lines, such as "Cookie: a=b"; nothing is checked
	Protocol string   // default zwb.v1; "-": none
	From     string   // IP address that it comes from

	Patience time.Duration
	Opened   func(net.Conn) // is told of each connection
}

// Intruder is one WebSocket. Its methods tell whether the bridge still takes what is said.
type Intruder struct {
	net.Conn
	Answer *http.Response // to the handshake; it has no body if that succeeded

	in       *bufio.Reader
	rest     []byte // of the last WebSocket message
	patience time.Duration
	end      *core.CloseError // what came
}

// Dial opens a connection, and says nothing.
func (d *Door) Dial() (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.patience()}
	if d.From != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(d.From)}
	}
	conn, err := dialer.DialContext(context.Background(), "tcp", d.Address)
	if err == nil && d.Opened != nil {
		d.Opened(conn)
	}
	return conn, err
}

func (d *Door) patience() time.Duration {
	if d.Patience > 0 {
		return d.Patience
	}
	return Patience
}

// Knock asks for a WebSocket. An Intruder whose Answer has another status than 101 was refused; its connection is closed.
func (d *Door) Knock() (*Intruder, error) {
	conn, err := d.Dial()
	if err != nil {
		return nil, err
	}
	v := &Intruder{Conn: conn, in: bufio.NewReaderSize(conn, 4<<10), patience: d.patience()}
	conn.SetDeadline(time.Now().Add(v.patience))
	if _, err = conn.Write([]byte(d.Request())); err == nil {
		v.Answer, err = http.ReadResponse(v.in, nil)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	if !v.IsOpen() {
		conn.Close()
	}
	return v, nil
}

// Request is the handshake.
func (d *Door) Request() string {
	lines := []string{"GET " + or(d.Path, "/data") + " HTTP/1.1", "Host: " + or(d.Host, d.Address), "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	if protocol := or(d.Protocol, core.Subprotocol); protocol != "-" {
		lines = append(lines, "Sec-WebSocket-Protocol: "+protocol)
	}
	if d.Origin != "" {
		lines = append(lines, "Origin: "+d.Origin)
	}
	return strings.Join(append(lines, d.Headers...), "\r\n") + "\r\n\r\n"
}

func or(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// IsOpen tells whether the bridge has opened the WebSocket.
func (v *Intruder) IsOpen() bool { return v.Answer.StatusCode == http.StatusSwitchingProtocols }

// Join is Knock and Hello. Nil: it was refused.
func (d *Door) Join() *Intruder {
	v, err := d.Knock()
	if err != nil || !v.IsOpen() {
		return nil
	}
	if !v.Hello() {
		v.Close()
		return nil
	}
	return v
}

// Enter is Knock and a Hello that says who one is, or which session one had. An error is why there is no Welcome.
func (d *Door) Enter(hello core.Frame) (v *Intruder, welcome *core.Frame, err error) {
	if v, err = d.Knock(); err != nil {
		return nil, nil, err
	}
	if !v.IsOpen() {
		return nil, nil, fmt.Errorf("the handshake is answered with %s", v.Answer.Status)
	}
	hello.Kind, hello.Version, hello.Limit = core.KindHello, core.Version, 1<<24
	v.Say(hello)
	if welcome = v.Hear(core.KindWelcome); welcome != nil {
		return v, welcome, nil
	}
	v.Close()
	if v.end == nil {
		return nil, nil, errSilent
	}
	return nil, nil, v.end
}

var errSilent = errors.New("there is no Welcome, and no close frame")
