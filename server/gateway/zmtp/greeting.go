package zmtp

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The greeting, which both sides of a connection send first: signature, version, mechanism. https://rfc.zeromq.org/spec/37/
const (
	greetingSize  = 64
	greetingStart = 0xff // since ZMTP 2; ZMTP 1 began with the length of an identity

	signatureEnd    = 9  // offset of the last byte of the signature, 0x7f
	versionOffset   = 10 // called revision before ZMTP 3
	minorOffset     = 11
	oldTypeOffset   = 11 // ZMTP 2 has the socket type here
	mechanismOffset = 12
	asServerOffset  = 32

	ourMinor  = 1 // we speak ZMTP 3.1
	revision2 = 1 // of ZMTP 2.0; one less is ZMTP 1, one more the 2.1 that libzmq knows of
)

// Greeting is what a peer says of itself before anything else.
type Greeting struct {
	Major, Minor int    // version of ZMTP
	Mechanism    string // of security, since ZMTP 3: NULL, PLAIN, CURVE or another
	AsServer     bool   // since ZMTP 3; libzmq says no even where it is the server
	SocketType   string // only ZMTP 2 says it here
}

// TooOld says, of a version before ZMTP 3, which one a peer would have to speak.
func (g Greeting) TooOld() string {
	return fmt.Sprintf("speaks ZMTP %d.%d (libzmq %d.x); the bridge needs ZMTP 3.0 or later, which came with libzmq 4.0",
		g.Major, g.Minor, g.Major+1)
}

// tooOld is the error that turns away a peer of before ZMTP 3.
func tooOld(g Greeting) error {
	return &core.Error{Code: core.Protocol, Text: "the peer " + g.TooOld()}
}

// start is what the first bytes of a peer tell that does not greet as one of ZMTP 3.
type start uint8

const (
	ForeignStart start = iota // it does not begin as a ZeroMQ peer does
	FalseStart                // it begins as one, by chance, and goes on otherwise
	OldStart                  // it is one of before ZMTP 3
	ShortStart                // it begins as one, and ends within the greeting
)

// ParseStart looks at the first bytes of a peer. The greeting is that of an OldStart.
func ParseStart(said []byte) (start, Greeting) {
	switch {
	case isAnonymousV1(said):
		return OldStart, Greeting{Major: 1}
	case len(said) == 0 || said[0] != greetingStart:
		return ForeignStart, Greeting{}
	case len(said) > signatureEnd && said[signatureEnd] != 0x7f:
		return FalseStart, Greeting{}
	case len(said) <= versionOffset || said[versionOffset] >= 3:
		return ShortStart, Greeting{}
	}
	old := oldVersion(said[versionOffset])
	if len(said) > oldTypeOffset && said[versionOffset] == revision2 {
		old.SocketType = core.SocketType(said[oldTypeOffset]).String()
	}
	return OldStart, old
}

// oldVersion is the version of ZMTP behind the revision in a greeting of before ZMTP 3. https://rfc.zeromq.org/spec/15/
func oldVersion(revision byte) Greeting {
	if revision < revision2 {
		return Greeting{Major: 1}
	}
	return Greeting{Major: 2, Minor: int(revision - revision2)}
}

// isAnonymousV1 recognizes the greeting of ZMTP 1: an empty identity, as a frame of that version.
// https://rfc.zeromq.org/spec/13/
func isAnonymousV1(said []byte) bool { return bytes.Equal(said, []byte{1, 0}) }

// asMinor changes zmq4's greeting, which says ZMTP 3.0, to that of a peer who knows PING, SUBSCRIBE and CANCEL, because the
// guard does.
func asMinor(greeting []byte, minor byte) []byte {
	greeting = bytes.Clone(greeting)
	greeting[minorOffset] = minor
	return greeting
}

// greetingPatience is how long a peer is waited for that has not said which ZMTP it speaks, or what socket it is. One that
// says so only to whoever has said all is told all then.
const greetingPatience = 250 * time.Millisecond

// sendGreeting sends the beginning of our greeting, and leaves the rest until the peer has said which ZMTP it speaks. One of
// ZMTP 2 would not understand the rest and hang up, and what it said before could be lost with the connection.
func (g *guard) sendGreeting(ours []byte) error {
	first := mechanismOffset
	if g.encrypted {
		first = greetingSize // it goes no further than to what is below, which does the same
	}
	g.rest = ours[first:]
	return g.sendNow(ours[:first])
}

// sendRest sends what is left of our greeting, or our READY, if anything is.
func (g *guard) sendRest() error {
	if len(g.rest) == 0 {
		return nil
	}
	b := g.rest
	g.rest = nil
	return g.sendNow(b)
}

func (g *guard) sendNow(b []byte) error {
	g.buf.Write(b) // an error shows again in Flush
	return g.buf.Flush()
}

// hear is peek for the first bytes of a peer, or of its READY.
func (g *guard) hear(n int) ([]byte, error) {
	if len(g.rest) == 0 {
		return g.in.peek(n)
	}
	g.SetReadDeadline(time.Now().Add(greetingPatience)) // an error shows again in peek
	b, err := g.in.peek(n)
	g.SetReadDeadline(time.Time{})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return b, err
	}
	if err := g.sendRest(); err != nil {
		return nil, err
	}
	return g.in.peek(n)
}

// readGreeting reads the peer's greeting. It turns away what is no ZMTP 3 peer as soon as its first bytes show it; zmq4
// would wait for 64.
func (g *guard) readGreeting() error {
	b, err := g.hear(1)
	if err == nil && b[0] == greetingStart {
		b, err = g.hear(signatureEnd + 1)
	}
	if err != nil {
		return err
	}
	if len(b) <= signatureEnd || b[signatureEnd] != 0x7f {
		return g.noGreeting()
	}
	if b, err = g.hear(versionOffset + 1); err != nil {
		return err
	}
	if b[versionOffset] < 3 {
		return tooOld(oldVersion(b[versionOffset]))
	}
	if err = g.sendRest(); err != nil {
		return err
	}
	if b, err = g.in.peek(greetingSize); err != nil {
		return err
	}
	copy(g.greeting[:], b)
	g.body = greetingSize
	return nil
}

// noGreeting is the error for a peer that does not begin as one of ZMTP 2 or later does.
func (g *guard) noGreeting() error {
	b := g.in.unread()
	b = b[:min(len(b), 24)]
	if isAnonymousV1(b) {
		return tooOld(Greeting{Major: 1})
	}
	return ProtocolError("not ZMTP 3: it says %q", b)
}

// minor is the peer's ZMTP 3 minor version; PING exists from 1 on.
func (g *guard) minor() byte { return g.greeting[minorOffset] }

// mechanism is the security mechanism the peer greeted with.
func (g *guard) mechanism() string { return cString(g.greeting[mechanismOffset:asServerOffset]) }

// cString is the text up to the first zero byte.
func cString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}
