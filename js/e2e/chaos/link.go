package main

import (
	"net"
	"sync"
	"time"
)

// link is one connection through a proxy. A fault befalls it at most once.
type link struct {
	proxy          *proxy
	client, server *net.TCPConn
	start          time.Time
	ended          chan struct{} // closed by the fault that ends it, or when it is over
	ending         sync.Once

	mu sync.Mutex

	befallen bool
	stalled  bool // until it is reset
	corrupt  bool // the next chunk
	within   bool // the next chunk is cut in the middle
	striking bool // corrupt or within has found its chunk, and is not in the books yet
}

// run carries bytes both ways until the connection is over.
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

// broken carries on that there is no more to come.
func (l *link) broken(dst *net.TCPConn) {
	if l.silent() { // dst hears nothing any more
		<-l.ended
	}
	select {
	case <-l.ended: // by a fault, which has said all there is to say
	default:
		if dst.CloseWrite() != nil {
			l.reset()
		}
	}
}

// carry hands a chunk on, and does to it what is to be done. false: the link has ended.
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
		<-l.ended // whoever stalls a link sets its end
		return false
	}
	if spoilt {
		chunk[somewhere(len(chunk))] ^= byte(1 << somewhere(8))
		l.harmed(corrupt)
	}
	if within {
		dst.Write(chunk[:somewhere(len(chunk))])
		l.cut()
		return false
	}
	return l.write(dst, chunk)
}

// write writes at the speed of the weather.
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

// pause takes its time, unless the link ends.
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

// end makes the pumps forget what they have.
func (l *link) end() { l.ending.Do(func() { close(l.ended) }) }

// reset ends both connections the hard way.
func (l *link) reset() {
	l.end()
	reset(l.client)
	reset(l.server)
}

func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
