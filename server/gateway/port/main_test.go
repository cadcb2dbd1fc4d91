package port_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) { Main(m) }

// quick is a configuration for tests: redials soon, otherwise the defaults.
func quick() gateway.Config {
	return gateway.Config{BackoffMin: 5 * time.Millisecond, BackoffMax: 50 * time.Millisecond}
}

// newTestFactory makes a factory that is closed with the test.
func newTestFactory(t testing.TB, c gateway.Config) *gateway.Factory {
	t.Helper()
	f := gateway.NewFactory(c)
	t.Cleanup(f.Close)
	return f
}

func newPort(t testing.TB, f *gateway.Factory, typ core.SocketType, ep core.Endpoint, o gateway.PortOptions) *gateway.Port {
	t.Helper()
	return Held[*gateway.Port](t)(f.Port(typ, ep, o))
}

// dialPort connects, bindPort listens, both with all the room there is.
func dialPort(t testing.TB, f *gateway.Factory, typ core.SocketType, ep core.Endpoint) (*gateway.Port, *Mailbox) {
	t.Helper()
	in := NewMailbox(Plenty)
	return newPort(t, f, typ, ep, gateway.PortOptions{Receiver: in}), in
}

func bindPort(t testing.TB, f *gateway.Factory, typ core.SocketType, ep core.Endpoint) (*gateway.Port, *Mailbox) {
	t.Helper()
	in := NewMailbox(Plenty)
	return newPort(t, f, typ, ep, gateway.PortOptions{Receiver: in, Bind: true}), in
}

// awaitReady waits until somebody is connected.
func awaitReady(t testing.TB, p *gateway.Port) {
	t.Helper()
	Eventually(t, "connected", p.Ready)
}

func send(t testing.TB, p *gateway.Port, parts ...string) {
	t.Helper()
	if err := p.Send(Text(parts...), nil); err != nil {
		t.Fatal(err)
	}
}

// subscribe waits until some prefixes are live.
func subscribe(t testing.TB, p *gateway.Port, prefixes ...string) {
	t.Helper()
	live := make(chan struct{}, len(prefixes))
	for _, prefix := range prefixes {
		p.Subscribe([]byte(prefix), func() { live <- struct{}{} })
	}
	for range prefixes {
		Await(t, "a subscription is live", live)
	}
}
