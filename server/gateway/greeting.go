package gateway

import (
	"bytes"
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The greeting, which both sides of a connection send first: signature, version, mechanism. https://rfc.zeromq.org/spec/37/
const (
	greetingSize  = 64
	greetingStart = 0xff // since ZMTP 2; ZMTP 1 began with the length of an identity

	signatureEnd    = 9  // offset of the last byte of the signature, 0x7f
	versionOffset   = 10 // called revision before ZMTP 3
	minorOffset     = 11
	mechanismOffset = 12
	asServerOffset  = 32

	ourMinor  = 1 // we speak ZMTP 3.1
	revision2 = 1 // of ZMTP 2.0; one less is ZMTP 1, one more the 2.1 that libzmq knows of
)

// asMinor is zmq4's greeting, which says ZMTP 3.0, as that of a peer who knows PING, SUBSCRIBE and CANCEL: the guard does.
func asMinor(greeting []byte, minor byte) []byte {
	greeting = bytes.Clone(greeting)
	greeting[minorOffset] = minor
	return greeting
}

// readGreeting turns away what is no ZMTP 3 peer as soon as its first bytes show it; zmq4 would wait for 64.
func (g *guard) readGreeting() error {
	b, err := g.in.peek(1)
	if err == nil && b[0] == greetingStart {
		b, err = g.in.peek(signatureEnd + 1)
	}
	if err != nil {
		return err
	}
	if len(b) <= signatureEnd || b[signatureEnd] != 0x7f {
		return g.noGreeting()
	}
	if b, err = g.in.peek(versionOffset + 1); err != nil {
		return err
	}
	if b[versionOffset] < 3 {
		major, minor := oldVersion(b[versionOffset])
		return tooOld(major, minor)
	}
	if b, err = g.in.peek(greetingSize); err != nil {
		return err
	}
	copy(g.greeting[:], b)
	g.body = greetingSize
	return nil
}

// noGreeting is the error for a peer that does not begin like one of ZMTP 2 or later.
func (g *guard) noGreeting() error {
	b := g.in.unread()
	b = b[:min(len(b), 24)]
	if isAnonymousV1(b) {
		return tooOld(1, 0)
	}
	return protocolError("not ZMTP 3: it says %q", b)
}

// oldVersion is the version of ZMTP behind the revision in a greeting of before ZMTP 3. https://rfc.zeromq.org/spec/15/
func oldVersion(revision byte) (major, minor int) {
	if revision < revision2 {
		return 1, 0
	}
	return 2, int(revision - revision2)
}

// tooOld says which version a peer would have to speak.
func tooOld(major, minor int) error {
	return &core.Error{Code: core.Protocol, Text: "the peer " + oldText(major, minor)}
}

func oldText(major, minor int) string {
	return fmt.Sprintf("speaks ZMTP %d.%d (libzmq %d.x); the bridge needs ZMTP 3.0 or later, which came with libzmq 4.0",
		major, minor, major+1)
}

// isAnonymousV1 recognizes the greeting of ZMTP 1: an empty identity, as a frame of that version.
// https://rfc.zeromq.org/spec/13/
func isAnonymousV1(said []byte) bool { return bytes.Equal(said, []byte{1, 0}) }

// minor is the peer's ZMTP 3 minor version; PING exists from 1 on.
func (g *guard) minor() byte { return g.greeting[minorOffset] }

// mechanism is the security mechanism the peer greeted with.
func (g *guard) mechanism() string { return cString(g.greeting[mechanismOffset:asServerOffset]) }

// cString is the text up to the first zero byte.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
