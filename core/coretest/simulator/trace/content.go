package trace

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Content is what a message from the bridge contains. Every byte of it follows from these numbers, so that a wrong byte is
// noticed.
type Content struct {
	Serial uint64
	Feed   int // number of the feed; 0: it is of no feed
	Seq    uint64
}

// ContentSize is the most that a Content adds to the size of a message.
const ContentSize = 8 + 1 + 8 + 10

var errContent = errors.New("some of its bytes are another message's")

// Message is a message with this content, and with size bytes more.
func (c Content) Message(topic string, size int) core.Message {
	b := binary.BigEndian.AppendUint64(nil, c.Serial)
	b = append(b, byte(c.Feed))
	b = binary.BigEndian.AppendUint64(b, c.Seq)
	for range size {
		b = append(b, byte(c.Serial))
	}
	return core.Message{[]byte(topic), b}
}

// ReadContent reads the content of a message, and checks every byte of it.
func ReadContent(m core.Message) (c Content, err error) {
	if len(m) != 2 || len(m[1]) < 17 {
		return c, errContent
	}
	b := m[1]
	c = Content{binary.BigEndian.Uint64(b), int(b[8]), binary.BigEndian.Uint64(b[9:])}
	for _, x := range b[17:] {
		if x != byte(c.Serial) {
			return c, errContent
		}
	}
	return c, nil
}

var filling = strings.Repeat("x", 1<<20)

// Padding is a text of so many bytes.
func Padding(size int) string { return filling[:size] }
