package gateway

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// quick is a configuration for tests: redials soon, otherwise the defaults.
func quick() Config {
	return Config{BackoffMin: 5 * time.Millisecond, BackoffMax: 50 * time.Millisecond}
}

// newTestFactory makes a factory that is closed with the test.
func newTestFactory(t testing.TB, c Config) *Factory {
	t.Helper()
	f := NewFactory(c)
	t.Cleanup(f.Close)
	return f
}

func newReq(t testing.TB, f *Factory, ep core.Endpoint) *ReqGateway {
	t.Helper()
	return Held[*ReqGateway](t)(f.Req(ep))
}

func newSub(t testing.TB, f *Factory, ep core.Endpoint) *SubGateway {
	t.Helper()
	return Held[*SubGateway](t)(f.Sub(ep))
}

func newPub(t testing.TB, f *Factory) *PubGateway {
	t.Helper()
	return Held[*PubGateway](t)(f.Pub(AnyPort))
}

// outcome is how a request ended.
type outcome struct {
	reply core.Message
	err   error
}

// ask starts a request.
func ask(g *ReqGateway, m core.Message, timeout time.Duration) (*Request, <-chan outcome) {
	c := make(chan outcome, 2) // one place more than may be used: a second call is seen, not lost
	return g.Do(m, timeout, func(reply core.Message, err error) { c <- outcome{reply, err} }), c
}

// request asks and waits.
func request(t testing.TB, g *ReqGateway, m core.Message) outcome {
	t.Helper()
	_, c := ask(g, m, Patience)
	return Await(t, "the end of a request", c)
}
