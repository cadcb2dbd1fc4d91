package port_test

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// BenchmarkPipeline is messages from a PUSH that connects to a PULL that listens, both of them ports.
func BenchmarkPipeline(b *testing.B) {
	for _, size := range []int{64, 1 << 10} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			f := newTestFactory(b, gateway.Config{})
			in := counted{room: b.N, done: make(chan struct{})}
			pull := newPort(b, f, core.PULL, AnyPort, gateway.PortOptions{Receiver: &in, Bind: true})
			room := make(chan struct{}, 1)
			push := newPort(b, f, core.PUSH, pull.Endpoint(), gateway.PortOptions{Room: func() { room <- struct{}{} }})
			m := core.Message{make([]byte, size)}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for core.CodeOf(push.Send(m, nil)) == core.Busy {
					<-room
				}
			}
			<-in.done
		})
	}
}

// counted is a Receiver that waits for a number of messages.
type counted struct {
	room int
	done chan struct{}
}

func (c *counted) Receive(core.Message) bool {
	if c.room--; c.room == 0 {
		close(c.done)
	}
	return true
}
