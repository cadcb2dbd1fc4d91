package gateway

import (
	"bytes"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// hostile is a peer that should not be: what it sends instead of a handshake, or after one, and what the gateway says of
// it. It gives up waiting for nothing: whether the connection ends is the gateway's doing.
type hostile struct {
	name  string
	sends func(socketType string) []byte
	fin   bool   // it then ends its side of the connection
	want  string // in the reason for which the connection ended; with a | either of two
}

// isReason tells whether a connection ended for the reason it should have.
func (h hostile) isReason(reason string) bool {
	for want := range strings.SplitSeq(h.want, "|") {
		if strings.Contains(reason, want) {
			return true
		}
	}
	return false
}

// isSilent tells whether it takes until a deadline for the connection to end.
func (h hostile) isSilent() bool { return h.want == "no answer in time" }

// attack plays the part.
func (h hostile) attack(p fakePeer, socketType core.SocketType) {
	p.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- p.drain() }() // a pipe takes nothing from who does not listen
	p.sendHostile(h, socketType)
	if err := await(p.t, "the end of the connection", ended); err != nil {
		p.t.Fatal(err)
	}
}

func (f fakePeer) sendHostile(h hostile, socketType core.SocketType) {
	f.say(h.sends(socketType.String()))
	if h.fin {
		f.fin()
	}
}

// incompatible is a handshake as a type that ours does not talk to.
func incompatible(socketType string) []byte {
	if socketType == "PAIR" {
		return hello("PUB")
	}
	return hello("PAIR")
}

// handshaken sends something after a complete handshake.
func handshaken(pieces ...[]byte) func(string) []byte {
	return func(socketType string) []byte { return join(hello(socketType), join(pieces...)) }
}

// raw sends something instead of one.
func raw(pieces ...[]byte) func(string) []byte {
	return func(string) []byte { return join(pieces...) }
}

// readyWith is a READY with a malformed or unusual property list.
func readyWith(properties ...byte) []byte { return command("READY", properties...) }

func greetingWith(change func([]byte)) []byte {
	b := greeting(1)
	change(b)
	return b
}

// hostilePeers are the attacks of notes/zmq4.md section 1, and some more.
var hostilePeers = []hostile{
	{"frame of 2^62 bytes", handshaken(announce(0, 1<<62)), false, "a frame of 4611686018427387904 bytes"},
	{"frame of 2^63 bytes", handshaken(announce(0, 1<<63)), false, "a frame of"},
	{"frame of 2^64-1 bytes", handshaken(announce(0, 1<<64-1)), false, "a frame of"},
	{"frame of 2^47 bytes", handshaken(announce(0, 1<<47)), false, "a frame of"},
	{"frame of 2^40 bytes", handshaken(announce(0, 1<<40)), false, "a frame of"},
	{"frame of 2^35 bytes", handshaken(announce(0, 1<<35)), false, "a frame of"},
	{"parts that add up to too much", handshaken(bytes.Repeat(frame(flagMore, make([]byte, testLimit/2+1)), 2)), false, "a message of more than|a frame of"},
	{"READY of 2^40 bytes", raw(greeting(1), announce(flagCommand, 1<<40)), false, "a command of"},
	{"READY of 2^62 bytes", raw(greeting(1), announce(flagCommand, 1<<62)), false, "a command of"},
	{"READY with a bad key length", raw(greeting(1), readyWith(200, 'x')), false, "malformed handshake"},
	{"READY without a value length", raw(greeting(1), readyWith(1, 'x')), false, "malformed handshake"},
	{"READY with a huge value length", raw(greeting(1), readyWith(1, 'x', 255, 255, 255, 255)), false, "handshake"},
	{"READY without Socket-Type", raw(greeting(1), readyWith()), false, "unknown socket-type"},
	{"Socket-Type CLIENT", raw(hello("CLIENT")), false, "unknown socket-type"},
	{"incompatible Socket-Type", incompatible, false, "not compatible"},
	{"endless MORE", handshaken(bytes.Repeat(frame(flagMore, nil), core.MaxParts+1)), false, " parts"},
	{"silence", raw(), false, "no answer in time"},
	{"greeting, then silence", raw(greeting(1)), false, "no answer in time"},
	{"half a greeting, then silence", raw(greeting(1)[:30]), false, "no answer in time"},
	{"HTTP banner", raw([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), false, "not ZMTP 3: it says \"HTTP/1.1 400"},
	{"SSH banner", raw([]byte("SSH-2.0-OpenSSH_9.2\r\n")), false, "not ZMTP 3: it says \"SSH-2.0"},
	{"ZMTP 1 greeting", raw([]byte{1, 0}), false, "speaks ZMTP 1.0 (libzmq 2.x); the bridge needs ZMTP 3.0"},
	{"ZMTP 2 greeting", raw(greetingWith(func(b []byte) { b[10] = 1 })), false, "speaks ZMTP 2.0 (libzmq 3.x); the bridge needs ZMTP 3.0"},
	{"signature without its end", raw(greetingWith(func(b []byte) { b[9] = 0 })), false, "not ZMTP 3"},
	{"CURVE", raw(greetingWith(func(b []byte) { copy(b[12:], "CURVE") })), false, `wants CURVE security`},
	{"ERROR instead of READY", raw(greeting(1), command("ERROR", append([]byte{4}, "gone"...)...)), false, `refuses: "gone"`},
	{"libzmq's misspelled ERROR", raw(greeting(1), frame(flagCommand, []byte("^RROR\x03400"))), false, `refuses: "400"`},
	{"ERROR without a reason", handshaken(command("ERROR")), false, "refuses"},
	{"ERROR with a short reason", handshaken(command("ERROR", 200, 'x')), false, `refuses: "x"`},
	{"a message instead of READY", raw(greeting(1), frame(0, []byte("hi"))), false, "before the handshake was over"},
	{"another command instead of READY", raw(greeting(1), command("HELLO")), false, "handshake"},
	{"empty command", handshaken(frame(flagCommand, nil)), false, "malformed command"},
	{"command with a name that is not there", handshaken(frame(flagCommand, []byte{9, 'P'})), false, "malformed command"},
	{"command in two parts", handshaken([]byte{flagCommand | flagMore, 1, 'x'}), false, "flags 0x05"},
	{"reserved flags", handshaken([]byte{0x80, 0}), false, "flags 0x80"},
	{"command of 5000 bytes", handshaken(frame(flagCommand, make([]byte, 5000))), false, "a command of 5000 bytes"},
	{"PING without a TTL", handshaken(command("PING", 0)), false, "a PING of 1 bytes"},
	{"PING with a huge context", handshaken(command("PING", make([]byte, 100)...)), false, "a PING of 100 bytes"},
	{"FIN before the greeting", raw(), true, "closed the connection"},
	{"FIN in the greeting", raw(greeting(1)[:20]), true, "closed the connection"},
	{"FIN in READY", raw(greeting(1), ready("REP")[:9]), true, "closed the connection"},
	{"FIN in a header", handshaken([]byte{flagLong, 0, 0}), true, "closed the connection"},
	{"FIN in a body", handshaken(announce(0, 100), []byte("only this")), true, "closed the connection"},
	{"FIN in a large body", handshaken(announce(0, 2*stageChunk), make([]byte, stageChunk+10)), true, "closed the connection|a frame of"},
	{"FIN between parts", handshaken(frame(flagMore, []byte("first"))), true, "closed the connection"},
}

// testLimit is what a message may have in these tests: enough for a frame that is staged.
const testLimit = 3 * mebibyte

func hostileConfig() Config {
	c := quick()
	c.DialTimeout = 3 * time.Second
	c.Heartbeat = -1 // a peer that speaks by hand does not expect a PING
	c.Limits.MaxMessage = testLimit
	return c
}
