package gateway

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestDialAllowed: it is not the name that is judged but what it resolves to.
func TestDialAllowed(t *testing.T) {
	t.Parallel()
	rep := StartPython(t, "rep")
	asked := make(chan netip.AddrPort, 10)
	c := quick()
	c.DialAllowed = func(addr netip.AddrPort) error {
		select {
		case asked <- addr:
		default:
		}
		if addr.Addr().IsLoopback() {
			return core.NewError(core.Denied, "loopback is not for pages")
		}
		return nil
	}
	ep := rep.Endpoint()
	ep.Host = "localhost"
	got := request(t, newReq(t, newTestFactory(t, c), ep), Text("hello"))
	WantCode(t, got.err, core.Unavailable)
	if addr := Await(t, "the question", asked); !addr.Addr().IsLoopback() || addr.Port() != ep.Port {
		t.Errorf("asked about %v", addr)
	}
	if !strings.Contains(got.err.Error(), "loopback is not for pages") {
		t.Errorf("the reason reads %v", got.err)
	}
}
