package proxy

import (
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// rules are what a test says about accesses. The zero value allows everything.
type rules struct {
	denies func(access.Access) bool
	flow   func(access.Access) access.Flow
	terms  func(access.Access) access.Terms
	named  map[string]access.Named
}

func (r rules) Terms(a access.Access) (access.Terms, *core.Error) {
	if r.terms == nil {
		return access.Terms{}, nil
	}
	return r.terms(a), nil
}

func (r rules) Named(name string) (access.Named, bool) {
	n, known := r.named[name]
	return n, known
}

func (r rules) Allows(_ context.Context, a access.Access) *core.Error {
	if r.denies != nil && r.denies(a) {
		return core.NewError(core.Denied, "not there")
	}
	return nil
}

func (r rules) Flow(a access.Access) (access.Flow, *core.Error) {
	if r.flow == nil {
		return access.Flow{}, nil
	}
	return r.flow(a), nil
}

// rig is a client on a connection in memory, with a real session and real gateways behind it. It tells which sockets
// were made.
type rig struct {
	*sessiontest.Client
	*Proxies
	made chan *socket
}

func newRig(t *testing.T, rules rules) *rig {
	t.Helper()
	return newRigWith(t, rules, gateway.Config{})
}

// newRigWith is newRig with gateways of its own.
func newRigWith(t *testing.T, rules rules, config gateway.Config) *rig {
	t.Helper()
	const wait = sessiontest.Patience
	gateways := gateway.NewFactory(config)
	proxies := New(Config{Limits: Limits{MaxSubscriptions: 10, HWM: 100}, MaxEndpoints: 10, MaxPrefixBytes: 10_000, MaxPending: 10, RequestTimeout: wait,
		MaxRequestTimeout: wait, Heartbeat: wait, Linger: time.Second}, rules, gateways)
	r := &rig{Proxies: proxies, made: make(chan *socket, 10)}
	t.Cleanup(gateways.Close)
	r.Client = sessiontest.NewBridge(t, r.newSocket).Client()
	return r
}

func (r *rig) newSocket(h *session.Handle, open *core.Frame) session.Socket {
	k := r.Proxies.NewSocket(h, open)
	r.made <- k.(*socket)
	return k
}

// open opens the first endpoint of socket 1.
func (r *rig) open(typ core.SocketType, flags uint64, address string) *socket {
	r.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: typ, Flags: flags, Messages: 100, Bytes: 1 << 20, Text: []byte(address)})
	return <-r.made
}
