package curve

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// handshakeTime is what a client gives a server, in fake time.
const handshakeTime = 5 * time.Second

// What a server writes, in this order.
const (
	atGreeting = iota
	atWelcome
	atReady
)

// tampered is one end of a pipe, on which one write may be changed.
type tampered struct {
	net.Conn
	at     int
	change func(p []byte) []byte // of its own copy; nil: nothing is changed
	fin    bool                  // the connection ends with the change
	writes int

	greeting sync.WaitGroup // the greetings cross, and the pipe has no buffer
}

func (c *tampered) Write(p []byte) (int, error) {
	at := c.writes
	c.writes++
	send := func() {
		if c.change == nil || at != c.at {
			c.Conn.Write(p)
			return
		}
		if changed := c.change(bytes.Clone(p)); len(changed) > 0 {
			c.Conn.Write(changed)
		}
		if c.fin {
			c.Conn.Close()
		}
	}
	if at == atGreeting {
		c.greeting.Go(send) // ends at the latest with the pipe, joined by the next write or by the bubble
		return len(p), nil
	}
	c.greeting.Wait()
	send()
	return len(p), nil
}

// hostile is a server that owns its key and misbehaves.
type hostile struct {
	name string
	at   int
	send func(p []byte) []byte  // instead of p
	say  func(s *sealer) []byte // after the handshake
	fin  bool                   // it then ends the connection
	want string                 // in the error
	code core.Code              // of the error
	read string                 // frames the client gets before it notices
}

// Changes of what a server would write.
func silence([]byte) []byte { return nil }

func instead(p ...[]byte) func([]byte) []byte {
	return func([]byte) []byte { return bytes.Join(p, nil) }
}

func flipAt(i int) func([]byte) []byte {
	return func(p []byte) []byte {
		p[(len(p)+i)%len(p)] ^= 1
		return p
	}
}

// body changes the body of a frame and gives it the header it then needs.
func body(change func(b []byte) []byte) func([]byte) []byte {
	return func(p []byte) []byte {
		h, _ := parseHeader(p)
		return frame(h.flags&^flagLong, change(p[h.length:]))
	}
}

func shorter(b []byte) []byte { return b[:len(b)-1] }
func longer(b []byte) []byte  { return append(b, 0) }

func announce(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
}

func greetingWith(change func(b []byte)) func([]byte) []byte {
	return func(b []byte) []byte { change(b); return b }
}

// sealed is a MESSAGE with anything in its box.
func sealed(s *sealer, plain string) []byte {
	return frame(0, s.seal([]byte(cmdMessage), s.prefix, s.key, []byte(plain)))
}

func says(p ...[]byte) func(*sealer) []byte {
	return func(*sealer) []byte { return bytes.Join(p, nil) }
}

var hostileServers = []hostile{
	{name: "silence", send: silence, want: "i/o timeout", code: core.Internal},
	{name: "half a greeting", send: func(p []byte) []byte { return p[:30] }, want: "i/o timeout", code: core.Internal},
	{name: "FIN in the greeting", send: func(p []byte) []byte { return p[:30] }, fin: true, want: "unexpected EOF", code: core.Internal},
	{name: "HTTP banner", send: instead([]byte("HTTP/1.1 400\r\n\r\n")), want: `it says "HTTP/1.1 400`, code: core.Protocol},
	{name: "0xff, then nothing of ZMTP", send: instead([]byte("\xff123456789")), want: "no greeting of ZMTP 3", code: core.Protocol},
	{name: "ZMTP 2", send: greetingWith(func(b []byte) { b[greetingVersion] = 1 }), want: "older ZMTP", code: core.Protocol},
	{name: "NULL", send: instead(newGreeting(3, 1, mechanismNull)), want: `a greeting for "NULL" security`, code: core.Protocol},
	{name: "PLAIN", send: instead(newGreeting(3, 0, "PLAIN")), want: `a greeting for "PLAIN" security`, code: core.Protocol},
	{name: "a mechanism like CURVE", send: instead(newGreeting(3, 0, "CURVED")), want: `"CURVED"`, code: core.Protocol},
	{name: "a mechanism of 20 bytes", send: instead(newGreeting(3, 0, "12345678901234567890")), want: `"12345678901234567890"`, code: core.Protocol},

	{name: "silence after HELLO", at: atWelcome, send: silence, want: "i/o timeout", code: core.Internal},
	{name: "FIN after HELLO", at: atWelcome, send: silence, fin: true, want: "server key is probably not its own", code: core.Unauthenticated},
	{name: "FIN in WELCOME", at: atWelcome, send: func(p []byte) []byte { return p[:100] }, fin: true, want: "hung up on HELLO", code: core.Unauthenticated},
	{name: "short WELCOME", at: atWelcome, send: body(shorter), want: "a WELCOME of 167 bytes", code: core.Protocol},
	{name: "long WELCOME", at: atWelcome, send: body(longer), want: "a WELCOME of 169 bytes", code: core.Protocol},
	{name: "empty WELCOME", at: atWelcome, send: instead(frame(flagCommand, []byte(cmdWelcome))), want: "a WELCOME of 8 bytes", code: core.Protocol},
	{name: "forged WELCOME", at: atWelcome, send: flipAt(-1), want: "cannot prove", code: core.Unauthenticated},
	{name: "WELCOME with another nonce", at: atWelcome, send: flipAt(12), want: "cannot prove", code: core.Unauthenticated},
	{name: "empty frame", at: atWelcome, send: instead(frame(flagCommand, nil)), want: `"" where WELCOME has to be`, code: core.Protocol},
	{name: "READY first", at: atWelcome, send: instead(frame(flagCommand, []byte(cmdReady))), want: `"READY" where WELCOME has to be`, code: core.Protocol},
	{name: "HELLO back", at: atWelcome, send: instead(frame(flagCommand, append([]byte(cmdHello), make([]byte, 194)...))), want: `"HELLO" where`, code: core.Protocol},
	{name: "garbage", at: atWelcome, send: instead(frame(0, bytes.Repeat([]byte{0xfe}, 200))), want: `where WELCOME has to be`, code: core.Protocol},
	{name: "WELCOME of 2^62 bytes", at: atWelcome, send: instead(announce(flagCommand, 1<<62)), want: "a frame of 4611686018427387904 bytes", code: core.TooLarge},
	{name: "WELCOME of 2^64-1 bytes", at: atWelcome, send: instead(announce(flagCommand, 1<<64-1)), want: "a frame of", code: core.TooLarge},
	{name: "WELCOME with MORE", at: atWelcome, send: flipAt(0), want: "flags 0x05", code: core.Protocol},
	{name: "ERROR for HELLO", at: atWelcome, send: instead(frame(flagCommand, []byte(cmdError+"\x02no"))), want: `refuses: "no"`, code: core.Denied},
	{name: "ERROR without a reason", at: atWelcome, send: instead(frame(flagCommand, []byte(cmdError))), want: `refuses: ""`, code: core.Denied},
	{name: "ERROR with a short reason", at: atWelcome, send: instead(frame(flagCommand, []byte(cmdError+"\xffno"))), want: `refuses: "no"`, code: core.Denied},

	{name: "silence after INITIATE", at: atReady, send: silence, want: "i/o timeout", code: core.Internal},
	{name: "FIN after INITIATE", at: atReady, send: silence, fin: true, want: "hung up on INITIATE", code: core.Denied},
	{name: "ERROR 400", at: atReady, send: instead(frame(flagCommand, []byte(cmdError+"\x03400"))), want: "not authorized", code: core.Denied},
	{name: "ERROR 500", at: atReady, send: instead(frame(flagCommand, []byte(cmdError+"\x03500"))), want: "failed to work", code: core.Denied},
	{name: "forged READY", at: atReady, send: flipAt(-1), want: "not made for this connection", code: core.Protocol},
	{name: "short READY", at: atReady, send: body(shorter), want: "not made for this connection", code: core.Protocol},
	{name: "READY without a box", at: atReady, send: body(func(b []byte) []byte { return b[:20] }), want: "a READY of 20 bytes", code: core.Protocol},
	{name: "READY with nonce 0", at: atReady, send: body(func(b []byte) []byte { clear(b[6:14]); return b }), want: "nonce 0 after 0", code: core.Protocol},
	{name: "READY in the clear", at: atReady, send: instead(frame(flagCommand, append([]byte(cmdReady), "\x0bSocket-Type\x00\x00\x00\x03REP"...))), want: "a READY of 25 bytes", code: core.Protocol},
	{name: "MESSAGE first", at: atReady, send: instead(frame(0, append([]byte(cmdMessage), make([]byte, 40)...))), want: `"MESSAGE" where READY has to be`, code: core.Protocol},
	{name: "READY of 8193 bytes", at: atReady, send: instead(announce(flagCommand, maxCommand+1)), want: "a frame of 8193 bytes", code: core.TooLarge},

	{name: "FIN", say: says(), fin: true, want: "EOF", code: core.Internal},
	{name: "FIN in a header", say: says([]byte{flagLong, 0, 0}), fin: true, want: "unexpected EOF", code: core.Internal},
	{name: "FIN in a MESSAGE", say: says(announce(0, 100_000), make([]byte, 70_000)), fin: true, want: "unexpected EOF", code: core.Internal},
	{name: "replay", say: func(s *sealer) []byte { m := sealed(s, "\x00one"); return append(m, m...) }, want: "a replay", code: core.Protocol, read: "\x00\x03one"},
	{name: "wrong order", say: func(s *sealer) []byte { a, b := sealed(s, "\x00one"), sealed(s, "\x01two"); return append(b, a...) }, want: "a replay", code: core.Protocol, read: "\x01\x03two"},
	{name: "forged box", say: func(s *sealer) []byte { return append(sealed(s, "\x00one"), flipAt(-1)(sealed(s, "\x00two"))...) }, want: "not made for this connection", code: core.Protocol, read: "\x00\x03one"},
	{name: "truncated box", say: func(s *sealer) []byte { return body(shorter)(sealed(s, "\x00one")) }, want: "not made for this connection", code: core.Protocol},
	{name: "another nonce", say: func(s *sealer) []byte { return flipAt(2 + 8 + 7)(sealed(s, "\x00one")) }, want: "not made for this connection", code: core.Protocol},
	{name: "reflected MESSAGE", say: func(s *sealer) []byte {
		return frame(0, s.seal([]byte(cmdMessage), prefixClientMessage, s.key, []byte("\x00one")))
	}, want: "not made for this connection", code: core.Protocol},
	{name: "box without flags", say: func(s *sealer) []byte { return sealed(s, "") }, want: "a MESSAGE of 32 bytes", code: core.Protocol},
	{name: "reserved flags in a box", say: func(s *sealer) []byte { return sealed(s, "\x04one") }, want: "a MESSAGE with flags 0x04", code: core.Protocol},
	{name: "MESSAGE without a nonce", say: says(frame(0, []byte(cmdMessage))), want: "a MESSAGE of 8 bytes", code: core.Protocol},
	{name: "frame in the clear", say: says(frame(0, []byte("hello, this is long enough to be a MESSAGE"))), want: "where a MESSAGE has to be", code: core.Protocol},
	{name: "PING in the clear", say: says(frame(flagCommand, []byte("\x04PING\x00\x00"))), want: `"PING" where a MESSAGE has to be`, code: core.Protocol},
	{name: "ERROR in the clear", say: says(frame(flagCommand, []byte(cmdError+"\x03400"))), want: `"ERROR" where a MESSAGE has to be`, code: core.Protocol},
	{name: "empty frame after the handshake", say: says(frame(0, nil)), want: "where a MESSAGE has to be", code: core.Protocol},
	{name: "MORE outside the box", say: func(s *sealer) []byte { return flipAt(0)(sealed(s, "\x00one")) }, want: "a frame with flags 0x01", code: core.Protocol},
	{name: "reserved flags", say: says([]byte{0x80, 0}), want: "a frame with flags 0x80", code: core.Protocol},
	{name: "MESSAGE over the limit", say: says(announce(0, testMaxFrame+uint64(messageOverhead)+1)), want: "a frame of 67108898 bytes", code: core.TooLarge},
	{name: "MESSAGE of 2^62 bytes", say: says(announce(0, 1<<62)), want: "a frame of", code: core.TooLarge},
	{name: "MESSAGE of 2^63 bytes", say: says(announce(0, 1<<63)), want: "a frame of", code: core.TooLarge},
	{name: "MESSAGE of 2^64-1 bytes", say: says(announce(0, 1<<64-1)), want: "a frame of", code: core.TooLarge},
	{name: "large MESSAGE that does not come", say: says(announce(0, testMaxFrame), make([]byte, 1000)), want: "i/o timeout", code: core.Internal},
}

// TestHostileServer: whatever a server does, the client ends with an error, and by its deadline.
func TestHostileServer(t *testing.T) {
	for _, h := range hostileServers {
		t.Run(h.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				read, err := meet(h.serve)
				wantError(t, err, h.code, h.want)
				if string(read) != h.read {
					t.Errorf("read %q, want %q", read, h.read)
				}
				if took := time.Since(started); took > handshakeTime {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// A server that says its lines a byte a second says them in vain.
func TestEndlessHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		_, err := meet(func(nc net.Conn, _ [KeySize]byte) {
			go io.Copy(io.Discard, nc) // ends with the connection, joined by the bubble
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for _, c := range newGreeting(3, 1, mechanismCurve) {
				<-tick.C
				if _, err := nc.Write([]byte{c}); err != nil {
					return
				}
			}
		})
		wantError(t, err, core.Internal, "i/o timeout")
		if took := time.Since(started); took > handshakeTime+time.Second { // the server's last tick
			t.Errorf("it took %v", took)
		}
	})
}

// welcomeFrom is a server that gets as far as WELCOME, changed before it speaks.
func welcomeFrom(nc net.Conn, secret [KeySize]byte, change func(h *server)) {
	h := newServer(&tampered{Conn: nc}, secret, testMaxFrame)
	change(h)
	h.greet(true)
	command, _ := h.in.frame(maxCommand)
	h.client = [KeySize]byte(command[len(cmdHello)+len(helloVersion)+helloPadding:])
	key, _ := agree(&h.client, &h.longSecret)
	h.welcome(key)
	io.Copy(io.Discard, nc)
}

// A server without the secret key gets no further than WELCOME.
func TestImpostor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := meet(func(nc net.Conn, secret [KeySize]byte) {
			welcomeFrom(nc, secret, func(h *server) { _, h.longSecret = GenerateKeys() })
		})
		wantError(t, err, core.Unauthenticated, "cannot prove")
	})
}

// With S' of low order everybody would know the key of the connection.
func TestServerKeyOfLowOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := meet(func(nc net.Conn, secret [KeySize]byte) {
			welcomeFrom(nc, secret, func(h *server) { h.public = [KeySize]byte{} })
		})
		wantError(t, err, core.Protocol, "low order")
	})
}

// meet connects a client to what serve does with the other end, which is closed when serve returns, and reads until the
// stream ends. It returns what came after the handshake.
func meet(serve func(nc net.Conn, secret [KeySize]byte)) (read []byte, err error) {
	near, far := net.Pipe()
	public, secret := GenerateKeys()
	served := make(chan struct{})
	go func() { // ends at the latest with near, joined below
		defer close(served)
		defer far.Close()
		serve(far, secret)
	}()
	defer func() {
		near.Close()
		<-served
	}()
	near.SetDeadline(time.Now().Add(handshakeTime))
	conn, err := Client(near, clientKeys(public), testMaxFrame)
	if err != nil {
		return nil, err
	}
	if err := handshakeAs(conn, "REQ"); err != nil {
		return nil, err
	}
	for b := make([]byte, ioBuffer); ; {
		n, err := conn.Read(b)
		if read = append(read, b[:n]...); err != nil {
			return read, err
		}
	}
}

func (h hostile) serve(nc net.Conn, secret [KeySize]byte) {
	bad := &tampered{Conn: nc, at: h.at, change: h.send, fin: h.fin}
	c, err := Server(bad, secret, anybody, testMaxFrame)
	if err == nil {
		err = handshakeAs(c, "REP")
	}
	if err == nil && h.say != nil {
		nc.Write(h.say(&c.(*conn).out))
	}
	if !h.fin {
		io.Copy(io.Discard, nc)
	}
}
