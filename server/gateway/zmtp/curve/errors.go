package curve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

var errForged = protocolError("a box that was not made for this connection, or changed on the way")

// protocolError says what the peer sent that it should not have.
func protocolError(format string, args ...any) *core.Error {
	return core.NewError(core.Protocol, "the peer sent "+fmt.Sprintf(format, args...))
}

func limitError(format string, args ...any) *core.Error {
	return core.NewError(core.TooLarge, "the peer sent "+fmt.Sprintf(format, args...))
}

// describe names a command, or shows how it begins when it has no name.
func describe(command []byte) string {
	if len(command) > 1 && command[0] > 0 && len(command) > int(command[0]) {
		return fmt.Sprintf("%.20q", command[1:1+command[0]])
	}
	return fmt.Sprintf("%.20q", command)
}

const cmdError = "\x05ERROR"

// expect returns what follows the name of a command of the handshake. A peer may answer with ERROR instead.
func expect(name string, command []byte) ([]byte, error) {
	if body, ok := bytes.CutPrefix(command, []byte(name)); ok {
		return body, nil
	}
	if body, ok := bytes.CutPrefix(command, []byte(cmdError)); ok {
		text := fmt.Sprintf("the peer refuses: %q", errorReason(body))
		return nil, &core.Error{Code: core.Denied, Text: text, Remote: true}
	}
	return nil, protocolError("%s where %s has to be", describe(command), name[1:])
}

// errorReason is the reason in the body of an ERROR command: its length in one byte, then the text. With libzmq it is a
// status code of ZAP, https://rfc.zeromq.org/spec/27/.
func errorReason(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	reason := string(body[1:min(len(body), 1+int(body[0]))])
	switch reason {
	case "400":
		return "400: this client's key is not authorized"
	case "500":
		return "500: the authentication failed to work"
	}
	return reason
}

// hungUp tells whether an error of the network is the peer's doing. It is how a CURVE server answers what it does not
// like: it has nothing to say to somebody it does not know.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
