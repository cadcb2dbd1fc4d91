package curve

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The greeting: signature, version, mechanism padded to 20 bytes, as-server, padding. https://rfc.zeromq.org/spec/37/
const (
	greetingSize      = 64
	greetingSignature = "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f"
	greetingVersion   = 10 // offset
	greetingMechanism = 12
	greetingAsServer  = 32
)

const (
	mechanismNull  = "NULL"
	mechanismCurve = "CURVE"
)

func newGreeting(major, minor byte, mechanism string) []byte {
	b := make([]byte, greetingSize)
	copy(b, greetingSignature)
	b[greetingVersion], b[greetingVersion+1] = major, minor
	copy(b[greetingMechanism:], mechanism)
	return b
}

// greet exchanges greetings. Ours says ZMTP 3.1, as those of package gateway do. Of the peer's only the version reaches
// whoever reads: it tells whether the peer knows PING.
//
// A client does not name its mechanism before the server has: libzmq hangs up as soon as it reads of another one than its
// own, and nobody would know why.
func (c *conn) greet(asServer bool) error {
	ours := newGreeting(3, 1, mechanismCurve)
	first := greetingMechanism
	if asServer {
		ours[greetingAsServer] = 1
		first = greetingSize
	}
	if _, err := c.Conn.Write(ours[:first]); err != nil {
		return err
	}
	theirs, err := c.in.greeting()
	if err != nil {
		return err
	}
	// The peer's as-server is no help: libzmq's servers say 0.
	mechanism, _, _ := bytes.Cut(theirs[greetingMechanism:greetingAsServer], []byte{0})
	if string(mechanism) != mechanismCurve {
		return protocolError("a greeting for %q security, not for CURVE", mechanism)
	}
	c.in.pending = newGreeting(theirs[greetingVersion], theirs[greetingVersion+1], mechanismNull)
	if first < greetingSize {
		_, err = c.Conn.Write(ours[first:])
	}
	return err
}

// greeting waits for the peer's. What is no ZMTP 3 peer is turned away as soon as its first bytes show it: it may never
// send 64.
func (o *opener) greeting() ([]byte, error) {
	for _, enough := range []int{1, len(greetingSignature), greetingVersion + 1, greetingSize} {
		if err := o.need(enough); err != nil {
			return nil, err
		}
		switch b := o.buf; {
		case b[0] != greetingSignature[0], len(b) >= len(greetingSignature) && b[9] != greetingSignature[9]:
			return nil, protocolError("no greeting of ZMTP 3: it says %.24q", b)
		case len(b) > greetingVersion && b[greetingVersion] < 3:
			return nil, core.NewError(core.Protocol, "the peer speaks an older ZMTP; the bridge needs ZMTP 3.0 or later, which came with libzmq 4.0")
		}
	}
	o.used = greetingSize
	return o.buf[:greetingSize], nil
}
