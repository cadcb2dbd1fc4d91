package zmtp

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
)

// opening is the greeting of ZMTP 3.1 up to the version. A peer that hears no more than this has to show its whole greeting
// first. That matters because libzmq, when it is told of a mechanism that is not its own, hangs up before it has named its.
const opening = "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x01"

const cmdReady = "READY"

// Look hears what a peer says of itself, and says nothing of this end: not what socket it is, nor who. The peer's
// application never learns of such a connection. Only one goroutine may use a Look. Deadlines are set on the connection.
type Look struct{ guard *guard }

// NewLook begins a look over a fresh connection, which stays the caller's to close.
func NewLook(conn net.Conn, limits Limits) *Look { return &Look{newGuard(conn, limits, new(Traffic))} }

// Greeting learns the peer's greeting. When that fails Said tells what the peer has said instead.
func (l *Look) Greeting() (Greeting, error) {
	g := l.guard
	g.Write([]byte(opening)) // an error shows again when the answer is read
	if _, err := io.ReadFull(g, make([]byte, greetingSize)); err != nil {
		return Greeting{}, err
	}
	return Greeting{
		Major: int(g.greeting[versionOffset]), Minor: int(g.minor()),
		Mechanism: g.mechanism(), AsServer: g.greeting[asServerOffset] == 1,
	}, nil
}

// Said waits for the first n bytes the peer has said, and returns what there is of them.
func (l *Look) Said(n int) []byte {
	l.guard.in.peek(n) // what has come is not lost when there is less
	return l.guard.in.unread()
}

// Ready learns, after Greeting, the properties a peer with NULL security has sent in its READY: neither side waits for the
// READY of the other. The names of the properties are in lower case.
func (l *Look) Ready() (map[string]string, error) {
	g := l.guard
	rest := make([]byte, greetingSize-len(opening))
	copy(rest, "NULL")
	g.Write(rest) // an error shows again when READY is read
	// The guard hands out the header of a frame in one piece, and knows then what follows: a command within the limits.
	if _, err := g.Read(make([]byte, longHeader)); err != nil {
		return nil, err
	}
	b := make([]byte, g.body)
	if _, err := io.ReadFull(g, b); err != nil {
		return nil, err
	}
	name, body, err := parseCommand(b)
	if err != nil {
		return nil, err
	}
	if name != cmdReady {
		return nil, ProtocolError("%q where READY has to be", name)
	}
	return parseProperties(body)
}

// parseProperties reads the metadata of a READY: names and values, with their lengths in one byte and in four.
func parseProperties(b []byte) (map[string]string, error) {
	properties := make(map[string]string)
	for len(b) > 0 {
		nameEnd := 1 + int(b[0])
		if len(b) < nameEnd+4 {
			return nil, ProtocolError("a malformed READY")
		}
		size := binary.BigEndian.Uint32(b[nameEnd:])
		value := b[nameEnd+4:]
		if uint64(size) > uint64(len(value)) {
			return nil, ProtocolError("a malformed READY")
		}
		properties[strings.ToLower(string(b[1:nameEnd]))] = string(value[:size])
		b = value[size:]
	}
	return properties, nil
}
