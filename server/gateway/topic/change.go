package topic

import "github.com/zmqwebbridge/zmqwebbridge/core"

// The first byte of a message by which a subscriber changes a subscription. https://rfc.zeromq.org/spec/23/, ZMTP 3.0;
// newer peers take it as well, so it is all we send.
const (
	cancelByte    = 0
	subscribeByte = 1
)

// Change is what is wanted of one prefix from now on: a subscription, or its end.
type Change struct {
	Prefix string
	Wanted bool
}

// ParseChange reads a message by which a subscriber changes a subscription. It is not ok when the message is another one.
func ParseChange(m core.Message) (c Change, ok bool) {
	if len(m) != 1 || len(m[0]) == 0 || m[0][0] > subscribeByte {
		return Change{}, false
	}
	return Change{Prefix: string(m[0][1:]), Wanted: m[0][0] == subscribeByte}, true
}

// Frame is the one part of the message that says so.
func (c Change) Frame() []byte {
	frame := make([]byte, 1, 1+len(c.Prefix))
	frame[0] = cancelByte
	if c.Wanted {
		frame[0] = subscribeByte
	}
	return append(frame, c.Prefix...)
}
