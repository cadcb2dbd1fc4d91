package zmtp

import (
	"net"
	"time"
)

// Keepalive: a host that is gone is noticed after about a minute, also when its peer knows no PING or may be silent.
const (
	keepaliveIdle     = 15 * time.Second
	keepaliveInterval = 15 * time.Second
	keepaliveCount    = 3
)

// tune lets the kernel watch over a connection.
func tune(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	// Best effort: a connection that refuses the option still works.
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount,
	})
	setUserTimeout(tcp, keepaliveIdle+keepaliveCount*keepaliveInterval)
}
