package gateway

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestHistoryStays: the gateway goes on receiving when its last user has gone, for as long as that may be of use.
func TestHistoryStays(t *testing.T) {
	for name, test := range map[string]struct {
		history History
		want    time.Duration
	}{
		"no history":     {History{}, 30 * time.Second},
		"by age":         {History{Age: 5 * time.Minute}, 5 * time.Minute},
		"a short age":    {History{Age: time.Second}, 30 * time.Second},
		"by number":      {History{Messages: 10}, -1},
		"by all of them": {History{Messages: 10, Age: time.Minute, Bytes: 1 << 20}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			f := newTestFactory(t, Config{History: func(core.Endpoint) History { return test.history }})
			g, err := f.Sub(RefusingEndpoint(t))
			if err != nil {
				t.Fatal(err)
			}
			defer g.Release()
			for _, s := range f.slots {
				if got := f.keepFor(s); got != test.want {
					t.Errorf("stays %v, want %v", got, test.want)
				}
			}
		})
	}
}
