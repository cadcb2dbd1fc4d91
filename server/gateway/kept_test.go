package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestKeeping: history and last values have the memory of an endpoint together, and neither drives the other out.
func TestKeeping(t *testing.T) {
	const MiB = 1 << 20
	for name, test := range map[string]struct {
		memory      int64
		lastValues  int
		history     History
		historyHas  int
		lastsMemory int64
	}{
		"no limit":                      {0, 10, History{Messages: 5}, 0, 0},
		"history alone":                 {8 * MiB, 0, History{Messages: 5}, 8 * MiB, 0},
		"last values alone":             {8 * MiB, 10, History{}, 0, 8 * MiB},
		"both":                          {8 * MiB, 10, History{Messages: 5}, 6 * MiB, 2 * MiB},
		"a history with its own bound":  {8 * MiB, 10, History{Bytes: MiB}, MiB, 7 * MiB},
		"a bound by default is smaller": {64 * MiB, 10, History{Messages: 5}, 16 * MiB, 48 * MiB},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{LastValues: test.lastValues, History: func(core.Endpoint) History { return test.history },
				Memory: func(core.Endpoint) int64 { return test.memory }}.withDefaults()
			f := NewFactory(c)
			defer f.Close()
			h, last := f.keeping(core.Endpoint{Name: "feed"})
			if h.Bytes != test.historyHas || last.Memory != test.lastsMemory || last.Count != test.lastValues || h.Messages != test.history.Messages {
				t.Errorf("%+v, %+v", h, last)
			}
		})
	}
}
