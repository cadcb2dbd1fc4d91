package zmq_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// TestSilentNetwork checks that a request that waits notices a connection that has died without a sign.
func TestSilentNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, req, l := connected(t, zmq.REQ, zmq.Options{})
		synctest.Wait()
		start := time.Now()
		asked := request(t.Context(), req, "?")
		l.expect(core.KindRequest) // from here on the bridge reads nothing and says nothing
		wantCode(t, (<-asked).err, core.Lost)
		if took, want := time.Since(start), 3500*time.Millisecond; took != want {
			t.Errorf("noticed after %v, want %v", took, want)
		}
		synctest.Wait() // the request is told first
		if status := c.Status(); status.State != zmq.Reconnecting {
			t.Errorf("got %v, want reconnecting", status)
		}
	})
}
