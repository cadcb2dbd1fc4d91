package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// heard is what somebody has been told so far.
type heard struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bytes.Write(b)
}

func (h *heard) has(text string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Contains(h.bytes.Bytes(), []byte(text))
}

// TestImpostors answer at the address of a backend that the bridge knows by its key, and at that of one to which it shows a password. They are told
// nothing that is meant for the backend, and what they say reaches nobody.
func TestImpostors(t *testing.T) {
	t.Parallel()
	public, secret := curve.GenerateKeys()
	_, own := curve.GenerateKeys()
	_, stolen := curve.GenerateKeys()
	told := new(heard)
	everybody := func([curve.KeySize]byte) bool { return true }
	answer := func(conn io.ReadWriter) {
		conn.Write(gatewaytest.Hello("REP"))
		io.Copy(told, io.TeeReader(conn, conn)) // what is asked is the answer, too
	}
	curves := map[string]func(net.Conn){
		"without security": func(conn net.Conn) { answer(conn) },
		"with another key": func(conn net.Conn) {
			if secured, err := curve.Server(conn, stolen, everybody, mebibyte); err == nil {
				answer(secured)
			}
		},
		"with a password": func(conn net.Conn) {
			conn.Write(gatewaytest.GreetWith(func(b []byte) { copy(b[12:32], "PLAIN\x00") }))
			conn.Write(gatewaytest.Join(gatewaytest.Command("WELCOME"), gatewaytest.Ready("REP")))
			io.Copy(told, conn)
		},
		"an echo of what the bridge says": func(conn net.Conn) { io.Copy(conn, io.TeeReader(conn, told)) },
		"who greets and then is the backend": func(conn net.Conn) {
			conn.Write(gatewaytest.GreetWith(func(b []byte) { copy(b[12:32], "CURVE"); b[32] = 1 }))
			answer(conn)
		},
	}
	plains := map[string]func(net.Conn){
		"without security where there is a password": func(conn net.Conn) { answer(conn) },
		"with a key where there is a password": func(conn net.Conn) {
			if secured, err := curve.Server(conn, stolen, everybody, mebibyte); err == nil {
				answer(secured)
			}
		},
	}
	keys, text := map[string]any{}, "zmq: {security: keys.json}\nendpoints:\n"
	names := []string{}
	add := func(name string, talk func(net.Conn), security map[string]any) {
		address := listening(t, talk)
		keys[address] = security
		text += fmt.Sprintf("  e%d: {type: REQ, address: '%s'}\n", len(names), address)
		names = append(names, name)
	}
	asCurve := map[string]any{"curve": map[string]string{"server": curve.EncodeKey(public), "secret": curve.EncodeKey(own)}}
	for name, talk := range curves {
		add(name, talk, asCurve)
	}
	for name, talk := range plains {
		add(name, talk, map[string]any{"plain": map[string]string{"username": "bridge", "password": plantedPlain}})
	}
	add("the backend", func(conn net.Conn) {
		if secured, err := curve.Server(conn, secret, everybody, mebibyte); err == nil {
			answerAll(secured)
		}
	}, asCurve)
	b := start(t, text, map[string]string{"keys.json": string(asJSON(keys))})
	v := b.enter("")
	for n := range names {
		socket := uint32(n + 1)
		v.Open(socket, core.REQ, 0, fmt.Sprint("e", n))
		within := 2 * time.Second
		if names[n] == "the backend" {
			within = patience
		}
		v.Say(core.Frame{Kind: core.KindRequest, Socket: socket, ID: uint64(n + 1), Millis: uint64(within.Milliseconds()), Parts: core.Message{[]byte(plantedMessage)}})
	}
	for range names {
		f := v.Hear(core.KindReply, core.KindFailed)
		if f == nil {
			t.Fatal(v.End())
		}
		if name := names[f.ID-1]; (f.Kind == core.KindReply) != (name == "the backend") {
			t.Errorf("%s: %v %s", name, f.Kind, f.Text)
		}
	}
	for _, secret := range []string{plantedMessage, plantedPlain} {
		if told.has(secret) {
			t.Errorf("an impostor is told %s", secret)
		}
	}
}

// answerAll is a REP that sends everything back, over a connection on which the handshake of security is over.
func answerAll(conn io.ReadWriter) {
	conn.Write(gatewaytest.Hello("REP"))
	readFrames(conn, func(flags byte, body []byte) bool {
		if flags&gatewaytest.FlagCommand == 0 {
			conn.Write(gatewaytest.Frame(flags, body))
		}
		return true
	})
}

// readFrames has the frames of a peer taken, until the connection ends or enough has come.
func readFrames(r io.Reader, take func(flags byte, body []byte) (more bool)) {
	if _, err := io.ReadFull(r, make([]byte, gatewaytest.GreetingSize)); err != nil {
		return
	}
	for {
		header := make([]byte, 9)
		if _, err := io.ReadFull(r, header[:2]); err != nil {
			return
		}
		size := uint64(header[1])
		if header[0]&gatewaytest.FlagLong != 0 {
			if _, err := io.ReadFull(r, header[2:]); err != nil {
				return
			}
			size = binary.BigEndian.Uint64(header[1:])
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r, body); err != nil || !take(header[0], body) {
			return
		}
	}
}

// TestEncryptedFlood: a frame over the limit that is encrypted costs the message, and a huge one the connection. The bridge does not hold it, and the
// backend comes back.
func TestEncryptedFlood(t *testing.T) {
	t.Parallel()
	public, secret := curve.GenerateKeys()
	_, own := curve.GenerateKeys()
	ended, greets, more := make(chan struct{}, 100), make(chan struct{}, 100), make(chan []byte)
	address := listening(t, func(conn net.Conn) {
		secured, err := curve.Server(conn, secret, func([curve.KeySize]byte) bool { return true }, 1<<30)
		if err != nil {
			return
		}
		secured.Write(gatewaytest.Hello("PUB"))
		over := make(chan struct{})
		go func() { // ends with the connection
			defer close(over)
			readFrames(secured, func(flags byte, body []byte) bool {
				if bytes.Contains(body, []byte("SUBSCRIBE")) || flags == 0 && len(body) > 0 && body[0] == 1 {
					greets <- struct{}{}
				}
				return true
			})
		}()
		for {
			select {
			case frame := <-more:
				secured.Write(frame)
			case <-over:
				ended <- struct{}{}
				return
			}
		}
	})
	b := start(t, "zmq: {security: keys.json}\nendpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n  feed: {type: SUB, address: '"+address+"'}\n",
		map[string]string{"keys.json": string(asJSON(map[string]any{address: map[string]any{"curve": map[string]string{"server": curve.EncodeKey(public), "secret": curve.EncodeKey(own)}}}))})
	v := b.enter("")
	v.Say(append(opening(1, core.SUB, 0, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})...)
	await := func(what string, c chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(patience):
			t.Fatal("never happened: ", what)
		}
	}
	hears := func(word string) {
		t.Helper()
		more <- gatewaytest.Frame(0, []byte(word))
		if f := v.Hear(core.KindMessage); f == nil || !strings.HasSuffix(string(f.Body), word) {
			t.Fatalf("instead of %q comes %+v, %v", word, f, v.End())
		}
	}
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		await("the subscription", greets)
		hears("before")
		more <- gatewaytest.Frame(0, make([]byte, 20*mebibyte))
		hears("after a message over the limit")
		if len(ended) > 0 {
			t.Error("one message over the limit costs the connection")
		}
		if gaps := b.metric(`zwb_gaps_total{reason="too_large"}`); gaps != 1 {
			t.Errorf("it is told of %v messages that were too large", gaps)
		}
		more <- gatewaytest.Frame(0, make([]byte, 80*mebibyte))
		await("the end of the connection", ended)
		await("another subscription", greets)
		hears("after a message that is huge")
	})
	if held := b.held("zwb_memory_bytes{"); held > 8*mebibyte {
		t.Errorf("%d MiB are held", held/mebibyte)
	}
}
