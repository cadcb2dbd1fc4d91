package gateway

import (
	"net"
	"time"
)

// Keepalive for peers that cannot be pinged: a host that is gone is noticed after about a minute.
const (
	keepaliveIdle     = 15 * time.Second
	keepaliveInterval = 15 * time.Second
	keepaliveCount    = 3
)

// tune lets the kernel watch over connections that have no heartbeat.
func tune(conn net.Conn, heartbeat time.Duration) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok || heartbeat > 0 {
		return
	}
	// Best effort: a connection that refuses the option still works.
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount,
	})
	setUserTimeout(tcp, keepaliveIdle+keepaliveCount*keepaliveInterval)
}
