package gatewaytest

import (
	"bytes"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Hostile is a peer that should not be: what it sends instead of a handshake, or after one, and what the gateway says of
// it. It gives up waiting for nothing: whether the connection ends is the gateway's doing.
type Hostile struct {
	Name  string
	Sends func(socketType string) []byte
	Fin   bool   // it then ends its side of the connection
	Want  string // in the reason for which the connection ended; with a | either of two
}

// Attack plays the part.
func (h Hostile) Attack(p Peer, socketType core.SocketType) {
	p.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- p.Drain() }() // a pipe takes nothing from who does not listen
	p.SendHostile(h, socketType)
	if err := Await(p.t, "the end of the connection", ended); err != nil {
		p.t.Fatal(err)
	}
}

// IsReason tells whether a connection ended for the reason it should have.
func (h Hostile) IsReason(reason string) bool {
	for want := range strings.SplitSeq(h.Want, "|") {
		if strings.Contains(reason, want) {
			return true
		}
	}
	return false
}

// IsSilent tells whether it takes until a deadline for the connection to end.
func (h Hostile) IsSilent() bool { return h.Want == "no answer in time" }

// incompatible is a handshake as a type that ours does not talk to.
func incompatible(socketType string) []byte {
	if socketType == "PAIR" {
		return Hello("PUB")
	}
	return Hello("PAIR")
}

// Handshaken sends something after a complete handshake.
func Handshaken(pieces ...[]byte) func(string) []byte {
	return func(socketType string) []byte { return Join(Hello(socketType), Join(pieces...)) }
}

// raw sends something instead of one.
func raw(pieces ...[]byte) func(string) []byte {
	return func(string) []byte { return Join(pieces...) }
}

// HostilePeers are the attacks of notes/zmq4.md section 1, and some more.
var HostilePeers = []Hostile{
	{"frame of 2^62 bytes", Handshaken(Announce(0, 1<<62)), false, "a frame of 4611686018427387904 bytes"},
	{"frame of 2^63 bytes", Handshaken(Announce(0, 1<<63)), false, "a frame of"},
	{"frame of 2^64-1 bytes", Handshaken(Announce(0, 1<<64-1)), false, "a frame of"},
	{"frame of 2^47 bytes", Handshaken(Announce(0, 1<<47)), false, "a frame of"},
	{"frame of 2^40 bytes", Handshaken(Announce(0, 1<<40)), false, "a frame of"},
	{"frame of 2^35 bytes", Handshaken(Announce(0, 1<<35)), false, "a frame of"},
	{"parts that add up to too much", Handshaken(Frame(FlagMore, make([]byte, HostileLimit/2+1)), Announce(FlagMore, 4*HostileLimit)), false, "a message of more than|a frame of"},
	{"READY of 2^40 bytes", raw(Greet(1), Announce(FlagCommand, 1<<40)), false, "a command of"},
	{"READY of 2^62 bytes", raw(Greet(1), Announce(FlagCommand, 1<<62)), false, "a command of"},
	{"READY with a bad key length", raw(Greet(1), ReadyWith(200, 'x')), false, "malformed handshake"},
	{"READY without a value length", raw(Greet(1), ReadyWith(1, 'x')), false, "malformed handshake"},
	{"READY with a huge value length", raw(Greet(1), ReadyWith(1, 'x', 255, 255, 255, 255)), false, "handshake"},
	{"READY without Socket-Type", raw(Greet(1), ReadyWith()), false, "unknown socket-type"},
	{"Socket-Type CLIENT", raw(Hello("CLIENT")), false, "unknown socket-type"},
	{"incompatible Socket-Type", incompatible, false, " talks to "},
	{"endless MORE", Handshaken(bytes.Repeat(Frame(FlagMore, nil), 5*core.MaxParts)), false, " parts"},
	{"silence", raw(), false, "no answer in time"},
	{"greeting, then silence", raw(Greet(1)), false, "no answer in time"},
	{"half a greeting, then silence", raw(Greet(1)[:30]), false, "no answer in time"},
	{"HTTP banner", raw([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), false, "not ZMTP 3: it says \"HTTP/1.1 400"},
	{"SSH banner", raw([]byte("SSH-2.0-OpenSSH_9.2\r\n")), false, "not ZMTP 3: it says \"SSH-2.0"},
	{"ZMTP 1 greeting", raw([]byte{1, 0}), false, "speaks ZMTP 1.0 (libzmq 2.x); the bridge needs ZMTP 3.0"},
	{"ZMTP 2 greeting", raw(GreetWith(func(b []byte) { b[10] = 1 })), false, "speaks ZMTP 2.0 (libzmq 3.x); the bridge needs ZMTP 3.0"},
	{"signature without its end", raw(GreetWith(func(b []byte) { b[9] = 0 })), false, "not ZMTP 3"},
	{"CURVE", raw(GreetWith(func(b []byte) { copy(b[12:], "CURVE") })), false, `wants CURVE security`},
	{"ERROR instead of READY", raw(Greet(1), Command("ERROR", append([]byte{4}, "gone"...)...)), false, `refuses: "gone"`},
	{"libzmq's misspelled ERROR", raw(Greet(1), Frame(FlagCommand, []byte("^RROR\x03400"))), false, `refuses: "400"`},
	{"ERROR without a reason", Handshaken(Command("ERROR")), false, "refuses"},
	{"ERROR with a short reason", Handshaken(Command("ERROR", 200, 'x')), false, `refuses: "x"`},
	{"a message instead of READY", raw(Greet(1), Frame(0, []byte("hi"))), false, "before the handshake was over"},
	{"another command instead of READY", raw(Greet(1), Command("HELLO")), false, "handshake"},
	{"empty command", Handshaken(Frame(FlagCommand, nil)), false, "malformed command"},
	{"command with a name that is not there", Handshaken(Frame(FlagCommand, []byte{9, 'P'})), false, "malformed command"},
	{"command in two parts", Handshaken([]byte{FlagCommand | FlagMore, 1, 'x'}), false, "flags 0x05"},
	{"reserved flags", Handshaken([]byte{0x80, 0}), false, "flags 0x80"},
	{"command of 5000 bytes", Handshaken(Frame(FlagCommand, make([]byte, 5000))), false, "a command of 5000 bytes"},
	{"PING without a TTL", Handshaken(Command("PING", 0)), false, "a PING of 1 bytes"},
	{"PING with a huge context", Handshaken(Command("PING", make([]byte, 100)...)), false, "a PING of 100 bytes"},
	{"FIN before the greeting", raw(), true, "closed the connection"},
	{"FIN in the greeting", raw(Greet(1)[:20]), true, "closed the connection"},
	{"FIN in READY", raw(Greet(1), Ready("REP")[:9]), true, "closed the connection"},
	{"FIN in a header", Handshaken([]byte{FlagLong, 0, 0}), true, "closed the connection"},
	{"FIN in a body", Handshaken(Announce(0, 100), []byte("only this")), true, "closed the connection"},
	{"FIN in a large body", Handshaken(Announce(0, 2*BigFrame), make([]byte, BigFrame+10)), true, "closed the connection|a frame of"},
	{"FIN between parts", Handshaken(Frame(FlagMore, []byte("first"))), true, "closed the connection"},
}

// HostileLimit is what a message may have in these tests: enough for a frame that is staged.
const HostileLimit = 3 * MiB
