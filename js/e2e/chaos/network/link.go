package network

import (
	"net"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// link is one connection through a proxy. At most one fault happens to it.
type link struct {
	proxy          *Proxy
	client, server *net.TCPConn
	start          time.Time
	ended          chan struct{} // closed by the fault that ends it, or when both directions have ended
	ending         sync.Once

	mu sync.Mutex

	befallen bool
	stalled  bool // nothing is carried any more until it is reset
	corrupt  bool // a bit of the next chunk is changed
	within   bool // the connection is cut in the middle of the next chunk
	striking bool // a fault has found its chunk, and is not in the books yet
}

// run carries bytes in both directions until the connection has ended.
func (l *link) run() {
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(l.server, l.client) })
	pumps.Go(func() { l.pump(l.client, l.server) })
	pumps.Wait()
	l.end()
	l.client.Close()
	l.server.Close()
}

// pump carries one direction.
func (l *link) pump(dst, src *net.TCPConn) {
	chunk := make([]byte, 32<<10)
	for {
		n, err := src.Read(chunk)
		if n > 0 && !l.carry(dst, chunk[:n]) {
			return
		}
		if err != nil {
			l.broken(dst)
			return
		}
	}
}

// broken passes on that nothing more will come.
func (l *link) broken(dst *net.TCPConn) {
	if l.silent() { // nothing is passed on to dst any more
		<-l.ended
	}
	select {
	case <-l.ended: // a fault has ended the connection, and dst was told by it
	default:
		if dst.CloseWrite() != nil {
			l.reset()
		}
	}
}

// carry passes on a chunk, and does to it what a fault asks for. It returns false if the link has ended.
func (l *link) carry(dst *net.TCPConn, chunk []byte) bool {
	l.mu.Lock()
	stalled, spoilt, within := l.stalled, l.corrupt, l.within
	l.corrupt, l.within = false, false
	if spoilt || within {
		l.striking = true
		defer l.struck()
	}
	l.mu.Unlock()
	if stalled {
		<-l.ended // the fault that stalls a link also ends it later
		return false
	}
	if spoilt {
		chunk[somewhere(len(chunk))] ^= byte(1 << somewhere(8))
		l.harmed(schedule.Corrupt)
	}
	if within {
		dst.Write(chunk[:somewhere(len(chunk))])
		l.cut()
		return false
	}
	return l.write(dst, chunk)
}

// write writes a chunk with the delay and the speed that the present conditions allow.
func (l *link) write(dst *net.TCPConn, chunk []byte) bool {
	w := l.proxy.conditions()
	if !l.pause(w.delay) {
		return false
	}
	for len(chunk) > 0 {
		piece := chunk
		if w.rate > 0 && len(piece) > 1<<10 {
			piece = piece[:1<<10]
		}
		if _, err := dst.Write(piece); err != nil {
			l.reset()
			return false
		}
		if w.rate > 0 && !l.pause(time.Duration(len(piece))*time.Second/time.Duration(w.rate)) {
			return false
		}
		chunk = chunk[len(piece):]
	}
	return true
}

// pause waits for d. It returns false if the link ends before.
func (l *link) pause(d time.Duration) bool {
	select {
	case <-l.ended:
		return false
	default:
	}
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-l.ended:
		return false
	}
}

// end makes the pumps drop what they have.
func (l *link) end() { l.ending.Do(func() { close(l.ended) }) }

// reset ends both connections with RST.
func (l *link) reset() {
	l.end()
	reset(l.client)
	reset(l.server)
}

func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
