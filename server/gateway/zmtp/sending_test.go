package zmtp

import (
	"bytes"
	"net"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestSend: frames of every size, at every place of the write buffer, are read as what was written.
func TestSend(t *testing.T) {
	limits := Limits{}.WithDefaults()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	g := newGuard(near, limits, &Traffic{})
	g.establish(commands{}, 0)
	var wire bytes.Buffer
	g.out.Writer = &wire
	p := &Conn{guard: g, traffic: &Traffic{}}
	var want []core.Message
	send := func(head [][]byte, m core.Message) {
		if err := p.Send(head, m); err != nil {
			t.Fatal(err)
		}
		want = append(want, slices.Concat(core.Message(head), m))
	}
	for _, size := range []int{0, 1, maxShort, maxShort + 1, ioBuffer - longHeader, ioBuffer - 1, ioBuffer, 3*ioBuffer + 1} {
		body := bytes.Repeat([]byte{byte(size)}, size)
		send(nil, core.Message{body})
		send([][]byte{{1, 2}, nil}, core.Message{body, []byte("x")})
	}
	for size := range 300 { // the end of the buffer is met everywhere
		send([][]byte{[]byte("envelope"), nil}, core.Message{make([]byte, size)})
	}
	if err := g.flush(); err != nil {
		t.Fatal(err)
	}
	if p.Written() != int64(wire.Len()) {
		t.Errorf("%d bytes are said to be written, %d were", p.Written(), wire.Len())
	}
	rest := wire.Bytes()
	for i, m := range want {
		if got := readFrames(&rest); !slices.EqualFunc(got, m, bytes.Equal) {
			t.Fatalf("message %d: %d parts, want %d", i, len(got), len(m))
		}
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes are left", len(rest))
	}
}

// readFrames takes a message off b.
func readFrames(b *[]byte) (m core.Message) {
	for {
		flags, size, header := frameHeader(*b)
		m = append(m, (*b)[header:header+int(size)])
		*b = (*b)[header+int(size):]
		if flags&flagMore == 0 {
			return m
		}
	}
}
