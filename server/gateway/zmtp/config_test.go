package zmtp

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestConfigDefaults(t *testing.T) {
	c := Config{Limits: Limits{MaxParts: 1 << 20, MaxCommand: 1 << 20}}.WithDefaults()
	if c.HWM != 1000 || c.Heartbeat != 5*time.Second || c.Limits.MaxFrame != 64*mebibyte || c.Log == nil {
		t.Errorf("%+v", c)
	}
	if c.Limits.MaxParts != core.MaxParts || c.Limits.MaxCommand != maxCommand {
		t.Errorf("limits beyond what can be handled: %+v", c.Limits)
	}
	quiet := Config{Heartbeat: -1}.WithDefaults()
	if got := quiet.writeTimeout(); got != quietWriteTimeout {
		t.Errorf("without a heartbeat a write may take %v", got)
	}
}
