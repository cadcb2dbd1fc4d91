//go:build !js

package wsconn

// LeaveToLibrary has the library read all that comes.
func (c *Conn) LeaveToLibrary() { c.taking.off = true }

// Memory is how many bytes a connection has for what arrives.
func (c *Conn) Memory() int { return len(c.tcp.in.buf) }
