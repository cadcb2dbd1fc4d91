package gateway

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// opening is the greeting of ZMTP 3.1 up to the version. A peer that hears no more has to show its whole greeting;
// libzmq, told of a mechanism that is not its own, hangs up before it has named that.
const opening = "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x01"

const cmdReady = "READY"

// look hears what the peer says of itself: its greeting, and with the NULL mechanism its READY, in which no peer waits for
// the other. What socket this end is it does not say, so the peer's application never hears of the connection.
func (p *probe) look(ctx context.Context, conn net.Conn) error {
	defer endWith(ctx, conn)()
	g := newGuard(conn, p.env.config.Limits, &p.env.counters)
	conn.SetDeadline(after(ctx, 2)) // half, so that there is time for another question
	g.Write([]byte(opening))        // an error shows again when the answer is read
	if _, err := io.ReadFull(g, make([]byte, greetingSize)); err != nil {
		return p.noGreeting(ctx, g, err)
	}
	p.report.Major, p.report.Minor = int(g.greeting[versionOffset]), int(g.minor())
	p.report.Mechanism, p.report.AsServer = g.mechanism(), g.greeting[asServerOffset] == 1
	switch p.report.Mechanism {
	case "NULL":
		conn.SetDeadline(after(ctx, 1))
		return p.readReady(ctx, g)
	case "PLAIN", "CURVE":
		p.report.Finding = Secured
		return nil
	}
	return p.found(Unsupported, core.Unsupported, fmt.Sprintf("it wants %q security, which the bridge does not speak", p.report.Mechanism))
}

// readReady learns the peer's socket type.
func (p *probe) readReady(ctx context.Context, g *guard) error {
	rest := make([]byte, greetingSize-len(opening))
	copy(rest, "NULL")
	g.Write(rest) // an error shows again when READY is read
	properties, err := readProperties(g)
	var coded *core.Error
	switch {
	case errors.As(err, &coded) && coded.Remote:
		return p.found(Rejected, core.Denied, coded.Text)
	case errors.As(err, &coded):
		return p.found(Broken, core.Protocol, coded.Text)
	case fellSilent(ctx, err):
		return p.found(Broken, core.Protocol, fmt.Sprintf("it greets as ZMTP %d.%d and then says nothing", p.report.Major, p.report.Minor))
	case err != nil:
		return p.found(Broken, core.Protocol, fmt.Sprintf("it greets as ZMTP %d.%d and then hangs up", p.report.Major, p.report.Minor))
	}
	p.report.SocketType = properties["socket-type"]
	p.report.Identity = []byte(properties["identity"])
	if _, err := core.ParseSocketType(p.report.SocketType); err != nil {
		return p.found(Unsupported, core.Unsupported, fmt.Sprintf("it is a %q socket, which the bridge does not have", p.report.SocketType))
	}
	p.report.Finding = Usable
	return nil
}

// readProperties reads a READY.
func readProperties(g *guard) (map[string]string, error) {
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
		return nil, protocolError("%q where READY has to be", name)
	}
	return parseProperties(body)
}

// parseProperties reads the metadata of a READY: name and value, with their lengths in one and in four bytes. The case of
// a name does not matter; here it is lower.
func parseProperties(b []byte) (map[string]string, error) {
	properties := make(map[string]string)
	for len(b) > 0 {
		nameEnd := 1 + int(b[0])
		if len(b) < nameEnd+4 {
			return nil, protocolError("a malformed READY")
		}
		size := binary.BigEndian.Uint32(b[nameEnd:])
		value := b[nameEnd+4:]
		if uint64(size) > uint64(len(value)) {
			return nil, protocolError("a malformed READY")
		}
		properties[strings.ToLower(string(b[1:nameEnd]))] = string(value[:size])
		b = value[size:]
	}
	return properties, nil
}
