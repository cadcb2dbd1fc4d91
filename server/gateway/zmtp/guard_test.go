package zmtp

import (
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestWhatIsAnnouncedIsNotAllocated: headers cost a peer nothing, so they must not cost the bridge anything.
func TestWhatIsAnnouncedIsNotAllocated(t *testing.T) {
	in := Join(Hello("REP"), Announce(0, 64*mebibyte), []byte("a little"))
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			drive(in, Limits{}.WithDefaults(), receive)
		}
	}).AllocedBytesPerOp()
	if allocated > 2*stageChunk {
		t.Errorf("%d bytes were allocated for a header", allocated)
	}
}
