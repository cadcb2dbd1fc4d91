package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// zwbSpeech is zwb.v1, as much as a benchmark has to speak of it. A bridge that keeps the session is acknowledged to; one that
// lets the client receive is given credit for what came.
type zwbSpeech struct {
	socket core.SocketType
	addr   string

	live       bool
	numbered   uint64 // frames that came
	acked      uint64
	ackedBytes int // that came since
	messages   uint64
	bytes      uint64 // consumed and not granted again
	frame      core.Frame
	parts      core.Message
	head, body []byte
}

// What may be under way to a client, and how much of it is consumed before that is said.
const (
	window      = 4096
	windowBytes = 64 << 20
	sayAfter    = 1024
	sayBytes    = 128 << 10
)

func (z *zwbSpeech) unit(chunk []byte, left int) (int, error) { return wholeFrame(chunk, left) }
func (z *zwbSpeech) ready() bool                              { return z.live }

func (z *zwbSpeech) open(dst []byte) []byte {
	return z.say(dst, core.Frame{Kind: core.KindHello, Version: core.Version, Limit: maxUnit, Text: []byte("zwb-bench")})
}

// begin opens the socket, once the bridge has welcomed the client.
func (z *zwbSpeech) begin(dst []byte) []byte {
	frames := []core.Frame{{Kind: core.KindOpen, Socket: 1, ID: 1, Type: z.socket, Messages: window, Bytes: windowBytes, Text: []byte(z.addr)}}
	if z.socket == core.SUB {
		frames = append(frames, core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	}
	return z.say(dst, frames...)
}

// say appends frames as one message.
func (z *zwbSpeech) say(dst []byte, frames ...core.Frame) []byte {
	z.body = z.body[:0]
	for i := range frames {
		z.body = core.AppendFrame(z.body, &frames[i])
	}
	return appendMessage(dst, opBinary, z.body)
}

func (z *zwbSpeech) hear(c *client, unit []byte, at time.Time) error {
	f := &z.frame
	if _, err := core.ParseFrame(unit, f); err != nil {
		return err
	}
	if f.Kind.Numbered() {
		z.numbered++
		z.ackedBytes += len(unit)
	}
	switch f.Kind {
	case core.KindMessage, core.KindPublication:
		return z.message(c, f, at)
	case core.KindReply:
		c.answer(f.ID, false, at)
	case core.KindFailed:
		c.answer(f.ID, true, at)
	case core.KindGap:
		c.shard.missed += max(f.Messages, 1)
	case core.KindPing:
		c.out = z.say(c.out, core.Frame{Kind: core.KindPong, ID: f.ID})
	case core.KindWelcome:
		c.out = z.begin(c.out)
	case core.KindSubscribed:
		z.live = true
	case core.KindOpened:
		z.live = z.live || z.socket != core.SUB
	case core.KindState:
		if f.Code != core.OK && !z.live {
			return fmt.Errorf("the bridge does not reach %s: %s %s", z.addr, f.Code, f.Text)
		}
	case core.KindRefused, core.KindClosed, core.KindUnsubscribed:
		return fmt.Errorf("the bridge refuses %s %s: %s %s", z.socket, z.addr, f.Code, f.Text)
	case core.KindGoAway:
		return errors.New("the bridge asks its clients to leave")
	}
	return nil
}

// message counts a message, which its credit goes back for.
func (z *zwbSpeech) message(c *client, f *core.Frame, at time.Time) (err error) {
	if z.parts, err = f.Body.Parts(z.parts[:0]); err != nil {
		return err
	}
	z.messages++
	z.bytes += uint64(z.parts.Size())
	c.delivery(z.parts[len(z.parts)-1], at)
	return nil
}

func (z *zwbSpeech) due(dst []byte, all bool) []byte {
	came := z.numbered - z.acked
	if came == 0 || !z.live || !all && came < sayAfter && z.ackedBytes < sayBytes {
		return dst
	}
	z.acked, z.ackedBytes = z.numbered, 0
	ack := core.Frame{Kind: core.KindAck, Seq: z.numbered}
	if z.messages == 0 {
		return z.say(dst, ack)
	}
	credit := core.Frame{Kind: core.KindCredit, Socket: 1, Messages: z.messages, Bytes: z.bytes}
	z.messages, z.bytes = 0, 0
	return z.say(dst, ack, credit)
}

// ask has the layout of a Request written out: it is what a generator does most.
func (z *zwbSpeech) ask(dst []byte, id uint64, payload []byte) []byte {
	z.head = append(z.head[:0], byte(core.KindRequest), 1)
	z.head = binary.AppendUvarint(z.head, id)
	z.head = append(z.head, 0, 0, 1) // no flags, the bridge's timeout, one part
	z.body = binary.AppendUvarint(z.body[:0], uint64(len(z.head)+len(payload)))
	z.body = append(append(z.body, z.head...), payload...)
	return appendMessage(dst, opBinary, z.body)
}
