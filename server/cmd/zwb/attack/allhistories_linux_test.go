//go:build long

package attack

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestMemoryOfAllHistories: publishers that flood the bridge have it keep, together, no more than histories may have, and the process stays
// within the budget; none of them takes it from the others.
func TestMemoryOfAllHistories(t *testing.T) {
	t.Parallel()
	const feeds, memory, allowance = 8, 256 * mebibyte, 64 * mebibyte
	text := "limits: {memory: 256MiB}\nendpoints:\n"
	for n := range feeds {
		text += fmt.Sprintf("  feed%d: {type: SUB, address: '%s', history: {size: 32MiB}}\n", n, topicsWithoutEnd(t, 10_000))
	}
	b := start(t, withSecret+text, secretFile)
	v := b.enter(signed("alice", nil))
	v.Listen()
	for n := range uint32(feeds) { // one after the other, so that the first has all of it before the last begins
		v.Say(append(opening(n+1, core.SUB, 0, fmt.Sprint("feed", n)), core.Frame{Kind: core.KindSubscribe, Socket: n + 1, ID: uint64(n) + 1})...)
		before := b.metric(`zwb_backend_bytes_total{direction="from_backends"}`)
		until(t, "more was published than may be kept", func() bool {
			if kept := b.held(`zwb_memory_bytes{what="history"}`); kept > allowance*5/4 {
				t.Fatalf("%d bytes are kept", kept)
			}
			return b.metric(`zwb_backend_bytes_total{direction="from_backends"}`) > before+allowance
		})
	}
	until(t, "each of them has a part", func() bool {
		for n := range feeds {
			if kept := b.held(fmt.Sprintf(`zwb_endpoint_memory_bytes{endpoint="feed%d",what="history"}`, n)); kept < allowance/feeds*9/10 {
				return false
			}
		}
		return true
	})
	if b.metric(`zwb_limit_hits_total{limit="histories"}`) == 0 {
		t.Error("nobody learns that there is not enough memory for them")
	}
	if most := (&victim{t: t, process: b.process}).resident("VmHWM"); most > memory*13/10 {
		t.Errorf("%d MiB were resident at the peak", most/mebibyte)
	}
}
