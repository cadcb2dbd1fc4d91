package curve

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// BenchmarkStream sends frames one way over TCP in batches of a flush of package gateway, encrypted and not.
func BenchmarkStream(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("plain/%d", size), func(b *testing.B) {
			near, far := tcpPair(b)
			stream(b, near, far, size)
		})
		b.Run(fmt.Sprintf("curve/%d", size), func(b *testing.B) {
			near, far := loopback(b)
			stream(b, near, far, size)
		})
	}
}

func stream(b *testing.B, from, to net.Conn, size int) {
	from.SetDeadline(time.Time{})
	to.SetDeadline(time.Time{})
	one := frame(0, make([]byte, size))
	perBatch := max(1, ioBuffer/len(one))
	batch := bytes.Repeat(one, perBatch)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	received := make(chan error, 1)
	batches := (b.N + perBatch - 1) / perBatch
	go func() { // ends when all has come or the connection is closed, joined below
		_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(to, int64(batches)*int64(len(batch))), make([]byte, ioBuffer))
		received <- err
	}()
	for range batches {
		if _, err := from.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-received; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkHandshake is both ends of a handshake.
func BenchmarkHandshake(b *testing.B) {
	for b.Loop() {
		client, server := loopback(b)
		client.Close()
		server.Close()
	}
}
