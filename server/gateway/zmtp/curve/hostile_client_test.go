package curve

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// What a client writes, in this order.
const (
	_ = iota // the beginning of its greeting
	atMechanism
	atHello
	atInitiate
)

const (
	helloVersionAt = shortHeader + len(cmdHello)
	helloKeyAt     = helloVersionAt + len(helloVersion) + helloPadding
	initiateAt     = longHeader + len(cmdInitiate)
)

var hostileClients = []hostile{
	{name: "HELLO without a greeting", send: silence, want: "no greeting of ZMTP 3", code: core.Protocol},
	{name: "NULL", at: atMechanism, send: instead(newGreeting(3, 0, mechanismNull)[greetingMechanism:]), want: `a greeting for "NULL" security`, code: core.Protocol},
	{name: "silence after the greeting", at: atHello, send: silence, want: "i/o timeout", code: core.Internal},
	{name: "FIN after the greeting", at: atHello, send: silence, fin: true, want: "EOF", code: core.Internal},
	{name: "INITIATE first", at: atHello, send: instead(frame(flagCommand, []byte(cmdInitiate))), want: `"INITIATE" where HELLO has to be`, code: core.Protocol},
	{name: "short HELLO", at: atHello, send: body(shorter), want: "a HELLO of 199 bytes", code: core.Protocol},
	{name: "long HELLO", at: atHello, send: body(longer), want: "a HELLO of 201 bytes", code: core.Protocol},
	{name: "HELLO of 2^62 bytes", at: atHello, send: instead(announce(flagCommand, 1<<62)), want: "a frame of", code: core.TooLarge},
	{name: "version 0.0", at: atHello, send: flipAt(helloVersionAt), want: "of another version", code: core.Protocol},
	{name: "C' of low order", at: atHello, send: func(p []byte) []byte { clear(p[helloKeyAt:][:KeySize]); return p }, want: "low order", code: core.Protocol},
	{name: "forged HELLO", at: atHello, send: flipAt(-1), want: "another server key", code: core.Unauthenticated},
	{name: "FIN after HELLO", at: atInitiate, send: silence, fin: true, want: "EOF", code: core.Internal},
	{name: "short INITIATE", at: atInitiate, send: body(func(b []byte) []byte { return b[:200] }), want: "an INITIATE of 200 bytes", code: core.Protocol},
	{name: "another cookie", at: atInitiate, send: flipAt(initiateAt), want: "another cookie", code: core.Protocol},
	{name: "forged INITIATE", at: atInitiate, send: flipAt(-1), want: "not made for this connection", code: core.Protocol},
}

func TestHostileClient(t *testing.T) {
	for _, h := range hostileClients {
		t.Run(h.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wantError(t, serve(func(nc net.Conn, server [KeySize]byte) {
					bad := &tampered{Conn: nc, at: h.at, change: h.send, fin: h.fin}
					if c, err := Client(bad, clientKeys(server), testMaxFrame); err == nil {
						handshakeAs(c, "REQ")
					}
				}, anybody), h.code, h.want)
			})
		})
	}
}

// A client cannot use the public key of another one.
func TestStolenIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wantError(t, serve(func(nc net.Conn, server [KeySize]byte) {
			h := newClient(&tampered{Conn: nc}, clientKeys(server), testMaxFrame)
			h.keys.Public, _ = GenerateKeys()
			if h.greet(false) == nil && h.hello() == nil {
				h.initiate(flagCommand, []byte("\x00"+cmdReady))
			}
		}, anybody), core.Unauthenticated, "cannot prove")
	})
}

func TestNotAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard error
		nobody := func([KeySize]byte) bool { return false }
		wantError(t, serve(func(nc net.Conn, server [KeySize]byte) {
			c, err := Client(&tampered{Conn: nc}, clientKeys(server), testMaxFrame)
			if err == nil {
				err = handshakeAs(c, "REQ")
			}
			heard = err
		}, nobody), core.Denied, "is not admitted")
		wantError(t, heard, core.Denied, "400")
	})
}

// serve connects a server to what visit does with the other end, which is closed by then or at the server's deadline.
func serve(visit func(nc net.Conn, server [KeySize]byte), admit func([KeySize]byte) bool) error {
	near, far := net.Pipe()
	public, secret := GenerateKeys()
	left := make(chan struct{})
	go func() { // ends at the latest with near, joined below
		defer close(left)
		visit(far, public)
		io.Copy(io.Discard, far)
	}()
	defer func() {
		near.Close()
		<-left
	}()
	near.SetDeadline(time.Now().Add(handshakeTime))
	_, err := Server(near, secret, admit, testMaxFrame)
	return err
}
