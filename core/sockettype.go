package core

// SocketType is a ZeroMQ socket type with libzmq's own number (zmq.h), which is also the number on the wire and in
// JavaScript (zmq.SUB === 2).
type SocketType uint8

const (
	PAIR   SocketType = 0
	PUB    SocketType = 1
	SUB    SocketType = 2
	REQ    SocketType = 3
	REP    SocketType = 4
	DEALER SocketType = 5
	ROUTER SocketType = 6
	PULL   SocketType = 7
	PUSH   SocketType = 8
	XPUB   SocketType = 9
	XSUB   SocketType = 10
)

var socketTypeNames = [...]string{"PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"}

// String is the name as the RFCs write it: "REQ".
func (t SocketType) String() string {
	if t.Valid() {
		return socketTypeNames[t]
	}
	return "unknown"
}

// Valid tells whether t is one of the types above.
func (t SocketType) Valid() bool { return int(t) < len(socketTypeNames) }

// Sends tells whether a socket of this type sends messages of its own accord, which are not requests or answers.
func (t SocketType) Sends() bool {
	switch t {
	case REQ, REP, SUB, PULL:
		return false
	}
	return t.Valid()
}

// Receives tells whether a socket of this type receives messages that are not requests or answers.
func (t SocketType) Receives() bool {
	switch t {
	case REQ, REP, PUB, PUSH:
		return false
	}
	return t.Valid()
}

// ParseSocketType reads a name in upper case.
func ParseSocketType(name string) (SocketType, error) {
	for t, n := range socketTypeNames {
		if n == name {
			return SocketType(t), nil
		}
	}
	return 0, NewError(Invalid, "unknown socket type "+quote(name))
}
