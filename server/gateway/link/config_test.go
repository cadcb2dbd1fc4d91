package link

import (
	"testing"
	"time"
)

func TestLinkConfigDefaults(t *testing.T) {
	c := Config{BackoffMin: time.Minute}.WithDefaults()
	if c.DialTimeout != 5*time.Second || c.MaxPeers != 1024 || c.HWM != 1000 {
		t.Errorf("%+v", c)
	}
	if c.BackoffMax < c.BackoffMin {
		t.Error("the longest wait is shorter than the first")
	}
}
