package zws

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A message of the WebSocket is a flag and a body. There is no length, as the WebSocket has it.
const (
	flagLast    = 0 // the last part of a message, or the only one
	flagMore    = 1 // another part follows
	flagCommand = 2
)

// Each frame begins with one of these.
var (
	last      = []byte{flagLast}
	more      = []byte{flagMore}
	commanded = []byte{flagCommand}
)

var (
	errFrame   = core.NewError(core.Invalid, "a message of ZWS 2.0 is binary, with a flag of 0, 1 or 2 and a body")
	errCommand = core.NewError(core.Invalid, "a command of ZWS 2.0 cannot be read")
)

// parseFrame reads a message of the WebSocket. The body aliases it.
func parseFrame(message []byte, text bool) (flag byte, body []byte, err error) {
	if text || len(message) == 0 || message[0] > flagCommand {
		return 0, nil, errFrame
	}
	return message[0], message[1:], nil
}

// parseCommand reads the name of a command, and what follows it.
func parseCommand(body []byte) (name string, data []byte, err error) {
	text, data, ok := short(body)
	if !ok || len(text) == 0 {
		return "", nil, errCommand
	}
	return string(text), data, nil
}

// short reads bytes with a length of one byte in front.
func short(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, nil, false
	}
	n := int(b[0])
	return b[1 : 1+n], b[1+n:], true
}

func appendShort(b []byte, text string) []byte {
	return append(append(b, byte(len(text))), text...)
}

// maxIdentity is how long the name of a peer may be.
const maxIdentity = 255

// maxProperties is how many properties a peer may tell of itself.
const maxProperties = 64

// parseProperties reads what a READY or an INITIATE says of a peer.
func parseProperties(b []byte) (socketType string, identity []byte, err error) {
	for n := 0; len(b) > 0; n++ {
		name, rest, ok := short(b)
		if !ok || len(name) == 0 || len(rest) < 4 || n == maxProperties {
			return "", nil, errCommand
		}
		size := binary.BigEndian.Uint32(rest)
		if rest = rest[4:]; uint64(size) > uint64(len(rest)) {
			return "", nil, errCommand
		}
		value := rest[:size]
		b = rest[size:]
		switch string(lower(name)) {
		case "socket-type":
			socketType = string(value)
		case "identity":
			identity = value
		}
	}
	if len(identity) > maxIdentity {
		return "", nil, core.NewError(core.Invalid, "an identity has at most 255 bytes")
	}
	return socketType, identity, nil
}

// lower is a name of a property, whose letters may be of either case.
func lower(name []byte) []byte {
	b := make([]byte, len(name))
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b[i] = c
	}
	return b
}

// ready is the READY of a socket of this type.
func ready(t core.SocketType) []byte {
	b := appendShort(appendShort(nil, "READY"), "Socket-Type")
	b = binary.BigEndian.AppendUint32(b, uint32(len(t.String())))
	return append(b, t.String()...)
}

// failure is the ERROR that says why a peer is not let in.
func failure(reason string) []byte {
	return appendShort(appendShort(nil, "ERROR"), reason[:min(len(reason), 255)])
}

// parseHello reads the name and the password of PLAIN (https://rfc.zeromq.org/spec/24/).
func parseHello(data []byte) (user, password string, err error) {
	name, rest, ok := short(data)
	secret, rest, well := short(rest)
	if !ok || !well || len(rest) > 0 {
		return "", "", errCommand
	}
	return string(name), string(secret), nil
}
