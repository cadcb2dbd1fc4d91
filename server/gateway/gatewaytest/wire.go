package gatewaytest

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Sizes and flags of ZMTP 3, https://rfc.zeromq.org/spec/37/
const (
	GreetingSize    = 64
	GreetingOpening = 12 // bytes that the gateway says before it has heard which ZMTP the peer speaks

	FlagMore    = 1 << 0
	FlagLong    = 1 << 1
	FlagCommand = 1 << 2
)

// MiB is 2^20 bytes.
const MiB = 1 << 20

// BigFrame is the size from which on the bridge receives a frame in pieces, before the ZMTP library hears of it.
const BigFrame = MiB

// Greet is the greeting of a ZMTP 3 peer.
func Greet(minor byte) []byte {
	b := make([]byte, GreetingSize)
	b[0], b[9], b[10], b[11] = 0xff, 0x7f, 3, minor
	copy(b[12:], "NULL")
	return b
}

// GreetWith is a greeting with something changed.
func GreetWith(change func([]byte)) []byte {
	b := Greet(1)
	change(b)
	return b
}

// Frame is a frame with the shortest header.
func Frame(flags byte, body []byte) []byte {
	if len(body) > 255 {
		return append(Announce(flags, uint64(len(body))), body...)
	}
	return append([]byte{flags, byte(len(body))}, body...)
}

// Announce is the header of a frame that may never come.
func Announce(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | FlagLong}, size)
}

// Command is a command of ZMTP.
func Command(name string, body ...byte) []byte {
	return Frame(FlagCommand, append(append([]byte{byte(len(name))}, name...), body...))
}

// Ready is the READY of a socket.
func Ready(socketType string) []byte {
	body := append([]byte{11}, "Socket-Type"...)
	body = binary.BigEndian.AppendUint32(body, uint32(len(socketType)))
	return Command("READY", append(body, socketType...)...)
}

// ReadyAs is ready with a routing id.
func ReadyAs(socketType, identity string) []byte {
	var body []byte
	for _, property := range [][2]string{{"Socket-Type", socketType}, {"Identity", identity}} {
		body = append(append(body, byte(len(property[0]))), property[0]...)
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(property[1]))), property[1]...)
	}
	return Command("READY", body...)
}

// ReadyWith is a READY with a malformed or unusual property list.
func ReadyWith(properties ...byte) []byte { return Command("READY", properties...) }

// Hello is a complete handshake of a ZMTP 3.1 peer.
func Hello(socketType string) []byte { return Join(Greet(1), Ready(socketType)) }

// Join puts pieces one behind the other.
func Join(pieces ...[]byte) []byte {
	var b []byte
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b
}

// Echo is a message as a REP sends it back.
func Echo(m core.Message) (b []byte) {
	for i, part := range m {
		flags := byte(FlagMore)
		if i == len(m)-1 {
			flags = 0
		}
		b = append(b, Frame(flags, part)...)
	}
	return b
}
