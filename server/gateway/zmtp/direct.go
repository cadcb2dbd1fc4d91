package zmtp

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// direct reads and writes a network connection past package net, for whom every read and every write is something that Go's
// scheduler is told of, see package atonce. There is one reader and one writer.
type direct struct {
	conn net.Conn
	raw  syscall.RawConn

	// Of the reader.
	read func(fd uintptr) (done bool)
	in   []byte
	n    int
	err  error

	// Of the writer.
	write func(fd uintptr) (done bool)
	out   [1][]byte
	took  int
	fault error
}

// newDirect is nil where a connection is not just what the kernel has, or the kernel cannot be asked.
func newDirect(conn net.Conn) *direct {
	if !atonce.Can {
		return nil
	}
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	d := &direct{conn: conn, raw: raw}
	d.read = func(fd uintptr) bool {
		var again bool
		d.n, again, d.err = atonce.Read(int(fd), d.in)
		return !again
	}
	d.write = func(fd uintptr) bool {
		d.took, d.fault = atonce.Write(int(fd), d.out[:])
		return true // whatever came of it, nobody waits
	}
	return d
}

// Read waits until something is there.
func (d *direct) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	d.in, d.n, d.err = p, 0, nil
	err := d.raw.Read(d.read)
	d.in = nil
	switch {
	case err != nil:
		return 0, d.wrap("read", err)
	case d.err != nil:
		return 0, d.wrap("read", os.NewSyscallError("read", d.err))
	case d.n == 0:
		return 0, io.EOF
	}
	return d.n, nil
}

// WriteAtOnce writes what the network takes of p without waiting; it may be nothing.
func (d *direct) WriteAtOnce(p []byte) (int, error) {
	d.out[0], d.took, d.fault = p, 0, nil
	err := d.raw.Write(d.write)
	d.out[0] = nil
	switch {
	case err != nil:
		return 0, d.wrap("write", err)
	case d.fault != nil:
		return 0, d.wrap("write", os.NewSyscallError("write", d.fault))
	}
	return d.took, nil
}

// wrap makes an error what package net would have made it.
func (d *direct) wrap(op string, err error) error {
	if inner := (*net.OpError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return &net.OpError{Op: op, Net: d.conn.LocalAddr().Network(), Source: d.conn.LocalAddr(), Addr: d.conn.RemoteAddr(), Err: err}
}
