//go:build linux

package wsconn

import (
	"bytes"
	"context"
	"strconv"
	"syscall"
	"testing"
)

// brimming is a socket that always has the same to be read.
type brimming struct {
	syscall.RawConn
	in   *arrivals
	sent []byte
}

func (b *brimming) Read(func(uintptr) bool) error {
	b.in.provide()
	b.in.n = copy(b.in.buf[b.in.end:], b.sent)
	return nil
}

// small is a WebSocket message as a client sends it that asks for something small.
func small(size int) []byte {
	b := []byte{finalBinary, 0x80 | byte(size), 1, 2, 3, 4}
	return append(b, bytes.Repeat([]byte{7}, size)...)
}

// BenchmarkTaking is what it takes per message to have those that have come, without the kernel.
func BenchmarkTaking(b *testing.B) {
	for _, together := range []int{1, 4, 16, 160} {
		c := new(Conn)
		c.reading.limit = 1 << 20
		c.tcp = new(lookingConn)
		in := &c.tcp.in
		in.raw = &brimming{in: in, sent: bytes.Repeat(small(76), together)}
		for name, read := range reads(c) {
			b.Run(name+" "+strconv.Itoa(together), func(b *testing.B) {
				b.ReportAllocs()
				for left := b.N; left > 0; {
					got, err := read(context.Background())
					if err != nil {
						b.Fatal(err)
					}
					left -= len(got)
				}
			})
		}
	}
}

func reads(c *Conn) map[string]func(context.Context) ([][]byte, error) {
	lend := func(ctx context.Context) ([][]byte, error) {
		messages, _, err := c.Lend(ctx)
		return messages, err
	}
	return map[string]func(context.Context) ([][]byte, error){"kept": c.ReadTogether, "lent": lend}
}
