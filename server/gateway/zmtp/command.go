package zmtp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// ZMTP commands, https://rfc.zeromq.org/spec/37/
const (
	cmdSubscribe = "SUBSCRIBE"
	cmdCancel    = "CANCEL"
	cmdPing      = "PING"
	cmdPong      = "PONG"
	cmdError     = "ERROR"

	pingTTL     = 2                      // bytes before the context of a PING
	pingContext = 16                     // bytes of the context at most
	ttlUnit     = 100 * time.Millisecond // of the TTL

	// MaxPrefix is the length of the longest prefix a peer may subscribe to.
	MaxPrefix = 64 << 10

	// maxSubscription is the size of a SUBSCRIBE with the longest prefix.
	maxSubscription = 10 + MaxPrefix
)

// misspelledError is how libzmq begins an ERROR command: "\x5ERROR", where "\5ERROR" was meant, is one byte '^' and RROR.
var misspelledError = []byte("^RROR")

// peekCommand looks at the command of size bytes behind a header of n bytes, and acts on it when the handshake is over.
// It leaves it in the buffer, which always has room for it.
func (g *guard) peekCommand(size uint64, n int) error {
	if size > uint64(g.limits.MaxCommand) {
		return LimitError("a command of %d bytes, the limit is %d", size, g.limits.MaxCommand)
	}
	b, err := g.in.peek(n + int(size))
	if err != nil {
		return err
	}
	name, body, err := parseCommand(b[n:])
	if err != nil {
		return err
	}
	switch {
	case name == cmdError:
		return &core.Error{Code: core.Protocol, Text: "the peer refuses: " + g.explain(errorReason(body)), Remote: true}
	case g.established:
		return g.dispatch(name, body)
	case name == cmdReady:
		g.notePeerType(body)
	}
	return nil
}

// notePeerType reads of a READY what zmq4 says in an error too late or not at all. A malformed one is zmq4's to meet.
func (g *guard) notePeerType(body []byte) {
	if properties, err := parseProperties(body); err == nil {
		g.peerType = properties["socket-type"]
	}
}

// explain says what the reason in an ERROR command means. With libzmq it is a status code of ZAP, by which an authenticator
// answers. https://rfc.zeromq.org/spec/27/
func (g *guard) explain(reason string) string {
	meaning := ""
	switch reason {
	case "300":
		meaning = ": its authenticator cannot answer at the moment"
	case "400":
		meaning = ": its authenticator does not let the bridge in"
		if g.mechanism() == "PLAIN" {
			meaning = ": its authenticator does not accept the user name and password that are configured for it"
		}
	case "500":
		meaning = ": its authenticator failed"
	}
	return fmt.Sprintf("%q%s", reason, meaning)
}

// takeLongCommand reads a SUBSCRIBE or CANCEL that is longer than other commands may be, with a header of n bytes, and acts
// on it. Before ZMTP 3.1 subscriptions are messages, and prefixes are as long here as there.
func (g *guard) takeLongCommand(size uint64, n int) error {
	b, err := g.in.peek(n + 1 + len(cmdSubscribe))
	if err != nil {
		return err
	}
	name := b[n:]
	if size > maxSubscription || !isNamed(name, cmdSubscribe) && !isNamed(name, cmdCancel) {
		return LimitError("a command of %d bytes, the limit is %d", size, g.limits.MaxCommand)
	}
	g.in.discard(n)
	b = make([]byte, size)
	if _, err := io.ReadFull(g.in, b); err != nil {
		return err
	}
	command, body, err := parseCommand(b)
	if err != nil {
		return err
	}
	return g.dispatch(command, body)
}

// isNamed tells whether a command begins with a name.
func isNamed(command []byte, name string) bool {
	return int(command[0]) == len(name) && bytes.HasPrefix(command[1:], []byte(name))
}

// dispatch passes a command on. Unknown ones are ignored, as the RFC asks.
func (g *guard) dispatch(name string, body []byte) error {
	switch name {
	case cmdPing:
		if len(body) < pingTTL || len(body) > pingTTL+pingContext {
			return ProtocolError("a PING of %d bytes", len(body))
		}
		g.wire.expect(time.Duration(binary.BigEndian.Uint16(body)) * ttlUnit)
		g.commands.ping(body[pingTTL:])
	case cmdPong:
		g.commands.pong(body)
	case cmdSubscribe, cmdCancel:
		return g.commands.subscribe(body, name == cmdSubscribe)
	}
	return nil
}

// parseCommand splits a command into its name and what follows.
func parseCommand(b []byte) (name string, body []byte, err error) {
	if rest, ok := bytes.CutPrefix(b, misspelledError); ok {
		return cmdError, rest, nil
	}
	if len(b) == 0 || len(b) < 1+int(b[0]) || b[0] == 0 {
		return "", nil, ProtocolError("a malformed command")
	}
	return string(b[1 : 1+b[0]]), b[1+b[0]:], nil
}

// errorReason is the reason in the body of an ERROR command: its length in one byte, then the text.
func errorReason(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	return string(body[1:min(len(body), 1+int(body[0]))])
}
