//go:build unix

package zmtp

import (
	"net"
	"syscall"
)

// glance reads what the kernel has of a connection, without waiting. The zero value is ready.
type glance struct {
	raw    syscall.RawConn // nil: nobody has looked yet
	look   func(fd uintptr) (done bool)
	into   []byte
	n      int
	cannot bool
}

// read returns how many bytes it has read into p; 0: nothing is there, or conn can only be waited for, or it has ended.
func (g *glance) read(conn net.Conn, p []byte) int {
	if g.raw == nil && !g.cannot {
		g.open(conn)
	}
	if g.cannot || len(p) == 0 {
		return 0
	}
	g.into, g.n = p, 0
	err := g.raw.Read(g.look)
	g.into = nil
	if err != nil {
		return 0
	}
	return max(0, g.n)
}

func (g *glance) open(conn net.Conn) {
	g.cannot = true
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn: // which read just what the kernel has
		raw, err := conn.(syscall.Conn).SyscallConn()
		g.raw, g.cannot = raw, err != nil
	}
	g.look = func(fd uintptr) bool {
		g.n, _ = syscall.Read(int(fd), g.into) // an error shows again in Read
		return true
	}
}
