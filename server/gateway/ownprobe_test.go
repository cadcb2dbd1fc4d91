package gateway

import (
	"path/filepath"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/probe"
)

// TestProbeOwnGateway: a probe recognizes a gateway that listens, over ipc too.
func TestProbeOwnGateway(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g, err := f.Rep(core.Endpoint{Transport: "ipc", Path: filepath.Join(t.TempDir(), "rep")})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Release()
	r, err := probe.Probe(t.Context(), g.Endpoint(), probe.Config{})
	WantCode(t, err, core.OK)
	if r.Finding != probe.Usable || r.SocketType != "ROUTER" || r.Reached != g.Endpoint().Path {
		t.Errorf("%+v", r)
	}
}
