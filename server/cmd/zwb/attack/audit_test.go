//go:build unix

package attack

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestAuditThatIsStuck: nobody waits for decisions to be written down, and what is missing is counted.
func TestAuditThatIsStuck(t *testing.T) {
	t.Parallel()
	pipe := t.TempDir() + "/audit"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	stuck, err := os.OpenFile(pipe, os.O_RDWR, 0) // and nothing is read
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, "audit: "+pipe+"\nendpoints:\n  feed: {type: SUB, address: 'tcp://127.0.0.1:1'}\n", nil)
	v := b.door().Join()
	if v == nil {
		t.Fatal("nobody comes in")
	}
	defer v.Close()
	v.Open(1, core.SUB, 0, "feed")
	for id := range uint64(9000) { // each is a decision
		v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: id + 1, Name: fmt.Append(nil, id)})
	}
	if v.Say(core.Frame{Kind: core.KindPing, ID: 1}); v.Hear(core.KindPong) == nil {
		t.Error("she waits for the audit: ", v.End())
	}
	if other := b.door().Join(); other == nil {
		t.Error("nobody comes in any more")
	} else {
		other.Close()
	}
	until(t, "something is missing in the audit", func() bool { return b.metric("zwb_audit_dropped_total") > 0 })
	stuck.Close() // so that the bridge can end
}
