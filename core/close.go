package core

// CloseCode is a WebSocket close code of zwb.v1 (PROTOCOL.md, section 12). Its range says whether a client connects again,
// so that a client needs no table: with 4000 to 4499 it does, with 4500 to 4999 it does not. Browsers may send only 1000
// and 3000 to 4999, so no other code is used.
type CloseCode uint16

const (
	CloseNormal       CloseCode = 1000 // the client is done
	CloseGoingAway    CloseCode = 4000 // the bridge shuts down or asks to connect elsewhere
	CloseTimeout      CloseCode = 4001 // nothing was heard for two heartbeats, or no Hello came in time
	CloseOverloaded   CloseCode = 4002 // the bridge has no room: too many connections, or this one does not read
	CloseInternal     CloseCode = 4003 // a bug in the bridge
	CloseExpired      CloseCode = 4401 // the credentials are not valid any more: connect again with others
	CloseMalformed    CloseCode = 4500 // a frame could not be parsed
	CloseTooLarge     CloseCode = 4501 // a WebSocket message or a field is over its limit
	CloseState        CloseCode = 4502 // a well-formed frame that may not come now, or from this end
	CloseVersion      CloseCode = 4503 // no common version of the protocol
	CloseLimit        CloseCode = 4504 // more sockets or endpoints than the bridge allows
	CloseUnauthorized CloseCode = 4510 // credentials are missing or wrong
	CloseDenied       CloseCode = 4511 // this user may not use the bridge
)

// Retry tells whether a client should connect again after a WebSocket ended with this code. Codes outside the protocol's
// own range are worth another try, for instance 1006, the network went away, and 1012, the server restarts.
func (c CloseCode) Retry() bool { return c != CloseNormal && (c < 4500 || c > 4999) }

// Code is the error code that pending work fails with.
func (c CloseCode) Code() Code {
	switch c {
	case CloseNormal:
		return Closed
	case CloseMalformed, CloseState:
		return Protocol
	case CloseTooLarge:
		return TooLarge
	case CloseVersion:
		return Unsupported
	case CloseLimit, CloseOverloaded:
		return Busy
	case CloseUnauthorized, CloseExpired:
		return Unauthenticated
	case CloseDenied:
		return Denied
	}
	return Lost
}

// maxCloseReason is how many bytes RFC 6455, section 5.5.1, leaves for the reason in a close frame.
const maxCloseReason = 123

// CloseError ends a connection: the code and reason go into the WebSocket's close frame.
type CloseError struct {
	Close  CloseCode
	Reason string
}

func closeWith(code CloseCode, reason string) *CloseError {
	return &CloseError{Close: code, Reason: clip(reason, maxCloseReason)}
}

// NewCloseError is for the layers above core that decide to end a connection.
func NewCloseError(code CloseCode, reason string) *CloseError { return closeWith(code, reason) }

func (e *CloseError) Error() string {
	return "close " + itoa(int(e.Close)) + ": " + e.Reason
}

// Unwrap gives the coded error, for CodeOf.
func (e *CloseError) Unwrap() error { return &Error{Code: e.Close.Code(), Text: e.Reason} }

// closeFor turns a parse error into the close it causes.
func closeFor(err error) *CloseError {
	if CodeOf(err) == TooLarge {
		return closeWith(CloseTooLarge, err.Error())
	}
	return closeWith(CloseMalformed, err.Error())
}
