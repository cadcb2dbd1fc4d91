//go:build !js

package wsconn

import (
	"io"
	"net"
	"sync"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// arrivals is what a connection has brought that nobody has taken yet. Where the kernel can be asked what is there, its
// memory is borrowed, and given back whenever it is empty: a connection that waits has none.
type arrivals struct {
	raw     syscall.RawConn       // nil: the connection can only be waited for; it is for who writes, too
	attempt func(fd uintptr) bool // reads what is there; without raw it waits
	took    func() (all bool)     // handles what was read, and tells whether that was all and no more is wanted before the kernel has something new; nil: nobody does, see LendOn

	memory *memory // nil: there is none, or none that is borrowed
	buf    []byte  // all of the memory
	begin  int
	end    int

	n   int // what attempt has read
	err error
}

const (
	// arrivalsSize is how much may be there at a time. A memory as a whole then fills what the allocator has for it.
	arrivalsSize = 16<<10 - 32

	// keptSize is how much may be there of a connection that has to keep its memory.
	keptSize = 4 << 10
)

// memory is for what arrives at a connection, and for where the messages are in it.
type memory struct {
	messages [][]byte // of what is lent, see lending
	bytes    [arrivalsSize]byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

func borrow() *memory { return memories.Get().(*memory) }

func (m *memory) giveBack() { memories.Put(m) }

// open begins with what has been read ahead.
func (a *arrivals) open(conn net.Conn, ahead []byte) {
	if c, ok := kernels(conn); ok && atonce.Can {
		a.raw, _ = c.SyscallConn()
	}
	a.attempt = a.readAtOnce
	if a.raw == nil {
		a.attempt = func(uintptr) bool {
			a.n, a.err = conn.Read(a.buf[a.end:])
			return true
		}
	}
	if len(ahead) > 0 {
		a.provide()
		if len(ahead) > len(a.buf) {
			a.buf = make([]byte, len(ahead))
			a.memory = nil
		}
		a.end = copy(a.buf, ahead)
	}
}

// kernels is a connection that reads just what the kernel has. Others may have a descriptor, too, and something in between.
func kernels(conn net.Conn) (syscall.Conn, bool) {
	switch c := conn.(type) {
	case *net.TCPConn:
		return c, true
	case *net.UnixConn:
		return c, true
	}
	return nil, false
}

// room is how much may be there at a time.
func (a *arrivals) room() int {
	if a.raw != nil {
		return arrivalsSize
	}
	return keptSize
}

// unread is valid until anything else is called.
func (a *arrivals) unread() []byte { return a.buf[a.begin:a.end] }

func (a *arrivals) discard(n int) {
	if a.begin += n; a.begin == a.end {
		a.release()
	}
}

// await waits for more. There has to be room for it.
func (a *arrivals) await() error {
	if a.begin > 0 {
		a.end = copy(a.buf, a.buf[a.begin:a.end])
		a.begin = 0
	}
	if a.raw == nil {
		a.provide()
		a.attempt(0)
		a.end += a.n
		if a.n > 0 {
			return nil
		}
		return a.err
	}
	a.n, a.err = 0, nil
	if err := a.raw.Read(a.attempt); err != nil {
		return err
	}
	if a.n == 0 && a.err == nil {
		return io.EOF
	}
	return a.err
}

// readAtOnce is for the RawConn: false makes it wait until there is something.
func (a *arrivals) readAtOnce(fd uintptr) bool {
	a.provide()
	n, again, err := atonce.Read(int(fd), a.buf[a.end:])
	if again || n <= 0 {
		if a.end == 0 {
			a.release()
		}
	}
	if again {
		return false
	}
	a.n, a.err = max(0, n), err
	a.end += a.n
	isAll := n > 0 && a.end < len(a.buf)
	return !isAll || a.took == nil || !a.took()
}

// provide sees to it that there is memory.
func (a *arrivals) provide() {
	switch {
	case a.buf != nil:
	case a.raw != nil:
		a.memory = borrow()
		a.buf = a.memory.bytes[:]
	default:
		a.buf = make([]byte, keptSize)
	}
}

// release gives memory back, in which nothing is left.
func (a *arrivals) release() {
	a.begin, a.end = 0, 0
	if a.raw == nil {
		return
	}
	if a.memory != nil {
		a.memory.giveBack()
	}
	a.memory, a.buf = nil, nil
}

// lend is the memory with what is there, which is b. Where the connection cannot do without its own it is a copy.
func (a *arrivals) lend() (m *memory, b []byte) {
	if a.memory != nil {
		return a.memory, a.unread()
	}
	m = borrow()
	return m, m.bytes[:copy(m.bytes[:], a.unread())]
}

// lent is told that the memory was taken, with the first n bytes of what is there. The others stay.
func (a *arrivals) lent(m *memory, n int) {
	if m != a.memory {
		a.discard(n)
		return
	}
	rest := a.unread()[n:]
	a.memory, a.buf, a.begin, a.end = nil, nil, 0, 0
	if len(rest) > 0 {
		a.provide()
		a.end = copy(a.buf, rest)
	}
}
