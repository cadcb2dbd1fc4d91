package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// mirror is the fastest REP there is: what a gateway sends is, byte for byte, what comes back.
func mirror(b *testing.B) core.Endpoint {
	b.Helper()
	l := ListenLocal(b)
	// Ended by the end of the listener and of its one connection.
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		Speak(b, conn).Meet(0, "REP")
		io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
	}()
	return EndpointOf(l.Addr().(*net.TCPAddr))
}

// BenchmarkReq keeps some number of requests under way.
func BenchmarkReq(b *testing.B) {
	for _, under := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(under, " at a time"), func(b *testing.B) {
			g := newReq(b, newTestFactory(b, Config{}), mirror(b))
			m := core.Message{make([]byte, 64)}
			places := make(chan struct{}, under)
			var wg sync.WaitGroup
			done := func(_ core.Message, err error) {
				if err != nil {
					b.Error(err)
				}
				<-places
				wg.Done()
			}
			b.ReportAllocs()
			for b.Loop() {
				wg.Add(1)
				places <- struct{}{}
				g.Do(m, time.Minute, done)
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

// BenchmarkSub counts what arrives of a publisher that never waits.
func BenchmarkSub(b *testing.B) {
	for _, size := range []int{64, 1024} {
		b.Run(fmt.Sprint(size, " bytes"), func(b *testing.B) {
			l := ListenLocal(b)
			g := newSub(b, newTestFactory(b, Config{}), EndpointOf(l.Addr()))
			all := &countdown{left: b.N, done: make(chan struct{})}
			x := g.Attach(all)
			defer x.Close()
			x.Subscribe(nil, nil)
			p := AcceptPeer(b, l)
			p.Meet(0, "PUB")
			p.Message()
			burst := bytes.Repeat(Frame(0, make([]byte, size)), 1000)
			b.ReportAllocs()
			b.ResetTimer()
			// Ended by the end of the connection.
			go func() {
				for {
					if _, err := p.Write(burst); err != nil {
						return
					}
				}
			}()
			<-all.done
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			p.Close()
		})
	}
}

// countdown is a Subscriber that waits for a number of messages. Only the reader goroutine touches left.
type countdown struct {
	left int
	done chan struct{}
}

func (c *countdown) Deliver(p burst.Part) {
	before := c.left
	if c.left -= p.Count(); before > 0 && c.left <= 0 {
		close(c.done)
	}
}
