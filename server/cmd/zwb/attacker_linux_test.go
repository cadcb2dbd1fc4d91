package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// attacker is a client that says what it likes, over a WebSocket of its own making. Its methods tell whether the bridge still
// takes that.
type attacker struct {
	net.Conn
	in *bufio.Reader
}

// attackPause is how long an attacker waits for anything.
const attackPause = 2 * time.Second

// dial opens a WebSocket, with headers of so many bytes besides. Nil: it was refused.
func (v *victim) dial(headers int) *attacker {
	conn, err := net.DialTimeout("tcp", v.address, attackPause)
	if err != nil {
		return nil
	}
	v.conns <- conn
	conn.SetDeadline(time.Now().Add(attackPause))
	fmt.Fprintf(conn, "GET /data HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\nCookie: %s\r\n\r\n",
		v.address, core.Subprotocol, strings.Repeat("c", headers))
	a := &attacker{conn, bufio.NewReaderSize(conn, 4<<10)}
	answer, err := http.ReadResponse(a.in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		conn.Close()
		return nil
	}
	return a
}

// join is dial and Hello.
func (v *victim) join() *attacker {
	a := v.dial(0)
	if a == nil || !a.hello() {
		return nil
	}
	return a
}

func (a *attacker) hello() bool {
	return a.say(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24}) && a.hear(core.KindWelcome) != nil
}

// Operations of a WebSocket frame, https://www.rfc-editor.org/rfc/rfc6455#section-5.2
const (
	opMore   = 0
	opBinary = 2
	opPing   = 9
	opLast   = 0x80
)

// announce begins a WebSocket frame of so many bytes, whose masking key is 0.
func announce(op byte, size int) []byte {
	switch {
	case size < 126:
		return []byte{op, 0x80 | byte(size), 0, 0, 0, 0}
	case size < 1<<16:
		return append(binary.BigEndian.AppendUint16([]byte{op, 0x80 | 126}, uint16(size)), 0, 0, 0, 0)
	}
	return append(binary.BigEndian.AppendUint64([]byte{op, 0x80 | 127}, uint64(size)), 0, 0, 0, 0)
}

// raw writes bytes.
func (a *attacker) raw(b []byte) bool {
	a.SetWriteDeadline(time.Now().Add(attackPause))
	_, err := a.Write(b)
	return err == nil
}

// say sends frames as one WebSocket message.
func (a *attacker) say(frames ...core.Frame) bool {
	var batch []byte
	for i := range frames {
		batch = core.AppendFrame(batch, &frames[i])
	}
	return a.raw(append(announce(opLast|opBinary, len(batch)), batch...))
}

// hear reads until a frame of a kind comes. Nil: none does.
func (a *attacker) hear(kind core.Kind) *core.Frame {
	a.SetReadDeadline(time.Now().Add(attackPause))
	for {
		batch, err := a.message()
		for err == nil && len(batch) > 0 {
			got, fields, rest, wrong := core.SplitFrame(batch)
			if err = wrong; err == nil && got == kind {
				f := new(core.Frame)
				if f.ParseFields(got, fields) == nil {
					return f
				}
			}
			batch = rest
		}
		if err != nil {
			return nil
		}
	}
}

// message reads one WebSocket message; nothing for a control frame.
func (a *attacker) message() ([]byte, error) {
	head := make([]byte, 10)
	if _, err := io.ReadFull(a.in, head[:2]); err != nil {
		return nil, err
	}
	size := int64(head[1])
	switch size {
	case 126:
		io.ReadFull(a.in, head[2:4])
		size = int64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		io.ReadFull(a.in, head[2:10])
		size = int64(binary.BigEndian.Uint64(head[2:]))
	}
	b := make([]byte, size)
	_, err := io.ReadFull(a.in, b)
	if head[0]&8 != 0 {
		return nil, err
	}
	return b, err
}

// listen reads all, and forgets it.
func (a *attacker) listen() {
	a.SetReadDeadline(time.Time{})
	go io.Copy(io.Discard, a.in) // ends with the connection
}

// hung is the address of a backend that accepts connections, and says and reads nothing.
func hung(t *testing.T) string { return listening(t, func(net.Conn) {}) }

// flood is the address of a publisher that sends messages of so many bytes as fast as they are taken, whoever wants them.
func flood(t *testing.T, size int) string {
	message := gatewaytest.Frame(0, make([]byte, size))
	return listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for {
			if _, err := conn.Write(message); err != nil {
				return
			}
		}
	})
}

// listening is the address of a backend that listens, and has talk run for each connection.
func listening(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with the listener
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go talk(conn)
		}
	}()
	return "tcp://" + l.Addr().String()
}

// peer connects to where a page has the bridge listen, says something, and then reads nothing.
func peer(t *testing.T, address string, says ...[]byte) net.Conn {
	t.Helper()
	for end := time.Now().Add(attackPause); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
		if err == nil {
			conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			conn.Write(gatewaytest.Join(says...))
			t.Cleanup(func() { conn.Close() })
			return conn
		}
		if time.Now().After(end) {
			t.Fatal("the bridge does not listen: ", err)
		}
	}
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "tcp://" + l.Addr().String()
}
