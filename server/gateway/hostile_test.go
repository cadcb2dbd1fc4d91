package gateway

import (
	"time"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func hostileConfig() Config {
	c := quick()
	c.DialTimeout = 3 * time.Second
	c.Heartbeat = -1 // a peer that speaks by hand does not expect a PING
	c.Limits.MaxMessage = HostileLimit
	return c
}
