package port_test

import (
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// onUp looks at a port at the moment at which it is told that the peer is connected.
type onUp func()

func (look onUp) Up()       { look() }
func (onUp) Down(err error) {}

// TestUpIsOfUse: whoever is told that the peer is connected can send to it at once.
func TestUpIsOfUse(t *testing.T) {
	for typ, peerType := range map[core.SocketType]string{core.PUSH: "PULL", core.DEALER: "ROUTER", core.PAIR: "PAIR"} {
		t.Run(typ.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := make(Pipes)
				c := quick()
				c.Dial, c.Heartbeat = backend.Dial, -1
				f := gateway.NewFactory(c)
				defer f.Close()
				p, err := f.Port(typ, Somewhere, gateway.PortOptions{Receiver: NewMailbox(Plenty)})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Release()
				ready := make(chan bool, 1)
				defer p.Watch(onUp(func() { ready <- p.Ready() }))()
				backend.Accept(t).Meet(1, peerType)
				if !<-ready {
					t.Error("it is told of a peer to which nothing can be sent yet")
				}
			})
		})
	}
}
