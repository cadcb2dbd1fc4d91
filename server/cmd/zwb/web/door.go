package web

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
)

// Door is in front of the listeners of the web server. It keeps silent strangers from locking anybody out: of the connections
// that are no WebSocket, those on which nothing has happened for longest make room for new ones. A request takes milliseconds,
// and whoever needs longer under such pressure is not worth waiting for. WebSockets are bounded elsewhere
// (server.Config.MaxConnections).
//
// Where there are no file descriptors left at all, it gives up one of its reserve to accept a connection. So /healthz is
// answered whatever has used them up.
type Door struct {
	most int // visitors at a time
	log  *slog.Logger

	mu sync.Mutex

	visitors *list.List // connections that are no WebSocket; the one that has been quiet for longest is first
	places   map[net.Conn]*list.Element
	hosted   map[net.Conn]int // how many requests with sessions are on a connection, which is no visitor meanwhile; with HTTP/2 there may be several
	reserve  []*os.File
}

// reserved is how many file descriptors are kept for when all others are in use.
const reserved = 8

// NewDoor makes a Door for so many visitors at a time, through whichever listener they come.
func NewDoor(most int, log *slog.Logger) *Door {
	d := &Door{most: most, log: log, visitors: list.New(), places: map[net.Conn]*list.Element{}, hosted: map[net.Conn]int{}}
	d.restock()
	return d
}

// Guard is a listener behind the door.
func (d *Door) Guard(l net.Listener) net.Listener { return &guarded{l, d} }

type guarded struct {
	net.Listener
	door *Door
}

// Accept is part of net.Listener.
func (g *guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err == nil {
			g.door.admit(conn)
			return conn, nil
		}
		if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) || !g.door.makeRoom() {
			return nil, err
		}
	}
}

// Close gives up the reserve. It closes no listener.
func (d *Door) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, file := range d.reserve {
		file.Close()
	}
	d.reserve = nil
	d.most = 0
}

func (d *Door) admit(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.place(conn)
}

// place puts a connection on the list. The lock is held.
func (d *Door) place(conn net.Conn) {
	d.places[conn] = d.visitors.PushBack(conn)
	if d.visitors.Len() > d.most {
		d.evict("connections without a request were closed to make room")
	}
}

// makeRoom frees a file descriptor, and tells whether it could.
func (d *Door) makeRoom() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.reserve); n > 0 {
		d.reserve[n-1].Close()
		d.reserve = d.reserve[:n-1]
		d.log.Error("no file descriptors are left; ulimit -n raises their number")
		return true
	}
	return d.evict("no file descriptors are left; connections without a request were closed to make room")
}

// evict closes the visitor that has been quiet for longest. The lock is held.
func (d *Door) evict(why string) bool {
	oldest := d.visitors.Front()
	if oldest == nil {
		return false
	}
	conn := oldest.Value.(net.Conn)
	d.forget(conn)
	conn.Close() // of a TCP connection: it does not wait
	d.log.Warn(why, "remote", conn.RemoteAddr(), "at_most", d.most)
	return true
}

// forget takes a connection off the list. The lock is held.
func (d *Door) forget(conn net.Conn) {
	if place := d.places[conn]; place != nil {
		d.visitors.Remove(place)
		delete(d.places, conn)
	}
}

// changed is http.Server.ConnState.
func (d *Door) changed(conn net.Conn, state http.ConnState) {
	conn = plain(conn)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch state {
	case http.StateHijacked:
		d.forget(conn)
	case http.StateClosed:
		delete(d.hosted, conn) // with HTTP/2, requests may go on for a while
		d.forget(conn)
		d.restock()
	default:
		if place := d.places[conn]; place != nil {
			d.visitors.MoveToBack(place)
		}
	}
}

// connKey is where a request's context has its connection.
type connKey struct{}

// withConn is http.Server.ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, plain(conn))
}

// plain is what was accepted, below TLS.
func plain(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return conn
}

// host takes the connection of a request off the list of visitors, and the function that it returns puts it back.
func (d *Door) host(ctx context.Context) (back func()) {
	conn, known := ctx.Value(connKey{}).(net.Conn)
	if !known {
		return func() {}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(conn)
	d.hosted[conn]++
	return func() { d.leave(conn) } // with HTTP/1.1, before the server says of it anything else
}

// leave puts a connection back on the list when the last of its requests that have sessions is over, unless it has ended.
func (d *Door) leave(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.hosted[conn] {
	case 0:
	case 1:
		delete(d.hosted, conn)
		d.place(conn)
	default:
		d.hosted[conn]--
	}
}

// restock fills up the reserve, as far as it goes. The lock is held, or nobody else knows the door yet.
func (d *Door) restock() {
	for d.most > 0 && len(d.reserve) < reserved { // it is 0 once the door is closed
		file, err := os.Open(os.DevNull)
		if err != nil {
			return
		}
		d.reserve = append(d.reserve, file)
	}
}
