//go:build unix

package gateway

import (
	"bytes"
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// BenchmarkReceive is the way of a SUB message from the read buffer to Deliver, without a network. Beside the time it
// reports the CPU of the process, with what the garbage collector takes on other cores.
func BenchmarkReceive(b *testing.B) {
	for _, parts := range [][]int{{64}, {1024}, {20, 1000}, {9000}} {
		b.Run(fmt.Sprint(parts, " bytes"), func(b *testing.B) {
			config := zmtp.Config{Heartbeat: -1}.WithDefaults()
			f := pubsub.NewFeed(&config, pubsub.Options{})
			delivered := &countdown{left: b.N, done: make(chan struct{})}
			f.Attach(delivered).Subscribe(nil, nil)
			var m []byte
			for i, size := range parts {
				flags := byte(FlagMore)
				if i == len(parts)-1 {
					flags = 0
				}
				m = append(m, Frame(flags, make([]byte, size))...)
			}
			conn := &loop{hello: Hello("PUB"), rest: bytes.Repeat(m, 1<<20/len(m))}
			c, err := zmtp.Open(b.Context(), conn, zmtp.Self{Type: core.SUB, Limits: config.Limits}, &config, new(zmtp.Traffic))
			if err != nil {
				b.Fatal(err)
			}
			c.Out = zmtp.Wakeups()
			ctx, cancel := context.WithCancel(b.Context())
			go func() {
				<-delivered.done
				cancel()
			}()
			b.ReportAllocs()
			b.ResetTimer()
			begun := cpuTime()
			f.Serve(ctx, 0, c)
			b.ReportMetric(float64(cpuTime()-begun)/float64(b.N), "cpu-ns/op")
		})
	}
}

// loop is a peer that, after its handshake, says the same for ever.
type loop struct {
	NopConn
	hello []byte
	rest  []byte
	at    int
}

func (l *loop) Write(p []byte) (int, error) { return len(p), nil }
func (l *loop) Read(p []byte) (int, error) {
	if len(l.hello) > 0 {
		n := copy(p, l.hello)
		l.hello = l.hello[n:]
		return n, nil
	}
	if l.at == len(l.rest) {
		l.at = 0
	}
	n := copy(p, l.rest[l.at:])
	l.at += n
	return n, nil
}

func cpuTime() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
