package coretest

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// content is what a message from the bridge contains. Every byte of it follows from these numbers, so that a wrong byte is
// noticed.
type content struct {
	serial uint64
	feed   int // number of the feed; 0: it is of no feed
	seq    uint64
}

const contentSize = 8 + 1 + 8 + 10

var errContent = errors.New("some of its bytes are another message's")

func (c content) message(topic string, size int) core.Message {
	b := binary.BigEndian.AppendUint64(nil, c.serial)
	b = append(b, byte(c.feed))
	b = binary.BigEndian.AppendUint64(b, c.seq)
	for range size {
		b = append(b, byte(c.serial))
	}
	return core.Message{[]byte(topic), b}
}

func readContent(m core.Message) (c content, err error) {
	if len(m) != 2 || len(m[1]) < 17 {
		return c, errContent
	}
	b := m[1]
	c = content{binary.BigEndian.Uint64(b), int(b[8]), binary.BigEndian.Uint64(b[9:])}
	for _, x := range b[17:] {
		if x != byte(c.serial) {
			return c, errContent
		}
	}
	return c, nil
}

// size chooses the size of a message: mostly small, sometimes as large as the climate allows.
func (s *simulation) size() int {
	if s.chance(90) {
		return s.rnd.IntN(30)
	}
	return s.rnd.IntN(s.climate.payload)
}

var filling = strings.Repeat("x", 1<<20)

func padding(size int) string { return filling[:size] }

// frames describes a batch for the trace. It is put into words only when somebody reads the trace.
func frames(batch []byte) described { return described{string(batch[:min(len(batch), 1000)])} }

type described struct{ batch string }

func (d described) String() string {
	var b strings.Builder
	var f core.Frame
	for rest := []byte(d.batch); len(rest) > 0; {
		next, err := core.ParseFrame(rest, &f)
		if err != nil {
			return b.String() + "…"
		}
		rest = next
		b.WriteString(frameWords(&f))
	}
	return strings.TrimSpace(b.String())
}
