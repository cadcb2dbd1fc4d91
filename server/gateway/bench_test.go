package gateway

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// mirror is the fastest REP there is: what a gateway sends is, byte for byte, what comes back.
func mirror(b *testing.B) core.Endpoint {
	b.Helper()
	l := listenLocal(b)
	// Ended by the end of the listener and of its one connection.
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fakePeer{conn, b}.meet(0, "REP")
		io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
	}()
	return endpointOf(l.Addr().(*net.TCPAddr))
}

// BenchmarkReq keeps some number of requests under way.
func BenchmarkReq(b *testing.B) {
	for _, under := range []int{1, 100, 1000} {
		b.Run(map[int]string{1: "1", 100: "100", 1000: "1000"}[under]+" at a time", func(b *testing.B) {
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
