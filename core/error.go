package core

// Code says what went wrong, for a program to decide on. There are no others: the same names stand in Go, in JavaScript
// (error.code) and in PROTOCOL.md, section 13, and the numbers travel on the wire.
type Code uint8

const (
	OK              Code = iota // no error
	Invalid                     // the request itself is malformed: an argument, an endpoint, an empty message
	Unauthenticated             // the bridge does not know who this is
	Denied                      // the bridge knows, and the answer is no
	Unsupported                 // valid, but not offered here: a transport, a socket type, a version
	Unavailable                 // nobody is there: the backend is down or unreachable; nothing was sent
	Timeout                     // the deadline passed without an answer
	Canceled                    // the caller gave up
	Busy                        // a limit on queued or pending work is reached; nothing was sent
	TooLarge                    // larger than a limit on messages, parts or frames
	Conflict                    // an identity or address is in use by somebody else
	Lost                        // the connection went away with the answer outstanding: it may have been processed
	Closed                      // the socket, context or bridge was closed
	Protocol                    // the other end broke the protocol
	Failed                      // the remote application answered with an error
	Internal                    // a bug in the bridge or the client

	codeCount
)

var codeNames = [codeCount]string{
	OK: "ok", Invalid: "invalid", Unauthenticated: "unauthenticated", Denied: "denied", Unsupported: "unsupported",
	Unavailable: "unavailable", Timeout: "timeout", Canceled: "canceled", Busy: "busy", TooLarge: "too_large",
	Conflict: "conflict", Lost: "lost", Closed: "closed", Protocol: "protocol", Failed: "failed", Internal: "internal",
}

// Valid tells whether this version knows the code.
func (c Code) Valid() bool { return c < codeCount }

// String is the name that programs see. A number that this version does not know, from a newer peer, reads "internal".
func (c Code) String() string {
	if c.Valid() {
		return codeNames[c]
	}
	return codeNames[Internal]
}

// Error is the one error that packages of this project hand to each other, and that the wire carries.
type Error struct {
	Code   Code
	Text   string // one line for people; never needed to decide anything
	Remote bool   // the peer reported the error; false if this end found it out itself
}

// NewError makes an Error that this end found out itself.
func NewError(code Code, text string) *Error { return &Error{Code: code, Text: text} }

// Error is the code and the text, as in "denied: REQ tcp://10.0.0.1:5555 is not allowed".
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Code.String()
	}
	return e.Code.String() + ": " + e.Text
}

// Is makes errors.Is(err, &core.Error{Code: core.Timeout}) compare codes alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Text == "" || t.Text == e.Text)
}

// CodeOf finds the code of an error: OK for nil, Internal for one that carries none.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	if e, ok := AsError(err); ok {
		return e.Code
	}
	return Internal
}

// AsError finds the Error in an error's tree, and AsCloseError the CloseError. They are errors.As without reflection, which
// would add to zmq.wasm.
func AsError(err error) (*Error, bool)           { return as[*Error](err) }
func AsCloseError(err error) (*CloseError, bool) { return as[*CloseError](err) }

func as[T error](err error) (found T, ok bool) {
	for err != nil {
		if found, ok = err.(T); ok {
			return found, true
		}
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapper.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range wrapper.Unwrap() {
				if found, ok = as[T](err); ok {
					return found, true
				}
			}
			return found, false
		default:
			return found, false
		}
	}
	return found, false
}
