package core

import "slices"

// Overflow says what becomes of the messages of a subscription when its queue at the bridge is full, because the client
// does not consume them as fast as they come.
type Overflow uint8

const (
	OverflowDefault Overflow = iota // the bridge decides for the endpoint; DropNewest unless a rule says otherwise
	DropNewest                      // the new message is dropped, as ZeroMQ does
	DropOldest                      // the message that has waited longest is dropped
	Conflate                        // only the last message of each topic waits; the topic is the first part of a message
	CloseSlow                       // the socket is closed with the code busy

	overflowCount
)

var overflowNames = [overflowCount]string{"default", "drop-newest", "drop-oldest", "conflate", "close"}

// Valid tells whether o is one of the policies above.
func (o Overflow) Valid() bool { return o < overflowCount }

// String is the name that programs use, such as "drop-oldest".
func (o Overflow) String() string {
	if o.Valid() {
		return overflowNames[o]
	}
	return overflowNames[OverflowDefault]
}

// ParseOverflow reads a name; "" is the default.
func ParseOverflow(name string) (Overflow, error) {
	if i := slices.Index(overflowNames[:], name); i >= 0 {
		return Overflow(i), nil
	}
	if name == "" {
		return OverflowDefault, nil
	}
	return 0, NewError(Invalid, "overflow is drop-newest, drop-oldest, conflate or close, not "+clip(name, 40))
}

// OverflowOf is the policy in the flags of a Subscribe. A number that this version does not know, from a newer client, is
// read as the default.
func OverflowOf(flags uint64) Overflow {
	if o := Overflow(flags & 7); o.Valid() {
		return o
	}
	return OverflowDefault
}
