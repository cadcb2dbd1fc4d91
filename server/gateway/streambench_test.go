package gateway

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// BenchmarkReceive is the way of a SUB message from the read buffer to Deliver, without a network. Beside the time it
// reports the CPU of the process, with what the garbage collector takes on other cores.
func BenchmarkReceive(b *testing.B) {
	for _, parts := range [][]int{{64}, {1024}, {20, 1000}, {9000}} {
		b.Run(fmt.Sprint(parts, " bytes"), func(b *testing.B) {
			f := newFeed(&environment{})
			delivered := &countdown{left: b.N, done: make(chan struct{})}
			f.attach(delivered).Subscribe(nil, nil)
			var m []byte
			for i, size := range parts {
				flags := byte(FlagMore)
				if i == len(parts)-1 {
					flags = 0
				}
				m = append(m, Frame(flags, make([]byte, size))...)
			}
			conn := &loop{rest: bytes.Repeat(m, 1<<20/len(m))}
			g := newGuard(conn, Limits{}.withDefaults(), &counters{})
			g.greeted, g.established = true, true
			b.ReportAllocs()
			b.ResetTimer()
			begun := cpuTime()
			for range b.N {
				m, body, ok := g.wholeMessage()
				if !ok {
					m = receiveParts(b, g)
				}
				f.receive(m, body)
			}
			b.ReportMetric(float64(cpuTime()-begun)/float64(b.N), "cpu-ns/op")
		})
	}
}

// loop is a peer that says the same for ever.
type loop struct {
	NopConn
	rest []byte
	at   int
}

func (l *loop) Write(p []byte) (int, error) { return len(p), nil }
func (l *loop) Read(p []byte) (int, error) {
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
