//go:build !linux

package zmtp

import (
	"net"
	"time"
)

// setUserTimeout: the option exists on Linux only. Elsewhere a host that dies with data under way is noticed later.
func setUserTimeout(*net.TCPConn, time.Duration) {}
