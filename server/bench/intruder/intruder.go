package intruder

import (
	"encoding/binary"
	"io"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Operations of a WebSocket frame, https://www.rfc-editor.org/rfc/rfc6455#section-5.2
const (
	OpMore   = 0
	OpText   = 1
	OpBinary = 2
	OpClose  = 8
	OpPing   = 9
	OpLast   = 0x80
)

// Announce begins a WebSocket frame of so many bytes, whose masking key is 0.
func Announce(op byte, size int) []byte {
	switch {
	case size < 126:
		return []byte{op, 0x80 | byte(size), 0, 0, 0, 0}
	case size < 1<<16:
		return append(binary.BigEndian.AppendUint16([]byte{op, 0x80 | 126}, uint16(size)), 0, 0, 0, 0)
	}
	return append(binary.BigEndian.AppendUint64([]byte{op, 0x80 | 127}, uint64(size)), 0, 0, 0, 0)
}

// Raw writes bytes.
func (v *Intruder) Raw(b []byte) bool {
	v.SetWriteDeadline(time.Now().Add(v.patience))
	_, err := v.Write(b)
	return err == nil
}

// Say sends frames as one WebSocket message.
func (v *Intruder) Say(frames ...core.Frame) bool {
	var batch []byte
	for i := range frames {
		batch = core.AppendFrame(batch, &frames[i])
	}
	return v.Raw(append(Announce(OpLast|OpBinary, len(batch)), batch...))
}

// Hello says that, and waits for the Welcome.
func (v *Intruder) Hello() bool {
	return v.Say(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24}) && v.Hear(core.KindWelcome) != nil
}

// Open opens endpoint 1 of a socket.
func (v *Intruder) Open(socket uint32, typ core.SocketType, flags uint64, address string) bool {
	return v.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: typ, Flags: flags, Text: []byte(address)})
}

// Hear reads until a frame of one of these kinds comes. Nil: none does.
func (v *Intruder) Hear(kinds ...core.Kind) *core.Frame {
	v.SetReadDeadline(time.Now().Add(v.patience))
	for {
		f, err := v.next()
		if err != nil {
			return nil
		}
		if slices.Contains(kinds, f.Kind) {
			return f
		}
	}
}

// Frames reads until nothing has come for so long, and returns all.
func (v *Intruder) Frames(quiet time.Duration) (all []*core.Frame) {
	for {
		v.SetReadDeadline(time.Now().Add(quiet))
		f, err := v.next()
		if err != nil {
			return all
		}
		all = append(all, f)
	}
}

// FramesUntil reads until then, and returns all.
func (v *Intruder) FramesUntil(then time.Time) (all []*core.Frame) {
	v.SetReadDeadline(then)
	for {
		f, err := v.next()
		if err != nil {
			return all
		}
		all = append(all, f)
	}
}

// next is the next frame.
func (v *Intruder) next() (f *core.Frame, err error) {
	for len(v.rest) == 0 {
		if v.rest, err = v.Message(); err != nil {
			return nil, err
		}
	}
	kind, fields, rest, err := core.SplitFrame(v.rest)
	if err != nil {
		return nil, err
	}
	f, v.rest = new(core.Frame), rest
	return f, f.ParseFields(kind, fields)
}

// Message reads one WebSocket message; nothing for a control frame.
func (v *Intruder) Message() ([]byte, error) {
	head := make([]byte, 10)
	if _, err := io.ReadFull(v.in, head[:2]); err != nil {
		return nil, err
	}
	size := int64(head[1])
	switch size {
	case 126:
		io.ReadFull(v.in, head[2:4])
		size = int64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		io.ReadFull(v.in, head[2:10])
		size = int64(binary.BigEndian.Uint64(head[2:]))
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(v.in, b); err != nil {
		return nil, err
	}
	if head[0]&0xf == OpClose && size >= 2 {
		v.end = core.NewCloseError(core.CloseCode(binary.BigEndian.Uint16(b)), string(b[2:]))
		return nil, v.end
	}
	if head[0]&8 != 0 {
		return nil, nil
	}
	return b, nil
}

// Listen reads all, and forgets it.
func (v *Intruder) Listen() {
	v.SetReadDeadline(time.Time{})
	go io.Copy(io.Discard, v.in) // ends with the connection
}

// End is what the bridge has closed the WebSocket with. Nil: no close frame was heard.
func (v *Intruder) End() *core.CloseError { return v.end }

// AwaitEnd reads until a close frame has come, or the end of the connection.
func (v *Intruder) AwaitEnd() *core.CloseError { return v.AwaitEndWithin(v.patience) }

// AwaitEndWithin is AwaitEnd for a while. Nil: the WebSocket goes on.
func (v *Intruder) AwaitEndWithin(limit time.Duration) *core.CloseError {
	v.SetReadDeadline(time.Now().Add(limit))
	for v.end == nil {
		if _, err := v.Message(); err != nil {
			break
		}
	}
	return v.end
}
