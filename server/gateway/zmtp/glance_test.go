//go:build unix

package zmtp

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// busyReader is a connection of which some can be had at once. What only Read gives would have to be waited for.
type busyReader struct{ atOnce, later []string }

func (r *busyReader) Read(p []byte) (int, error) { return next(&r.later, p) }

func (r *busyReader) ReadAtOnce(p []byte) int {
	n, _ := next(&r.atOnce, p)
	return n
}

func next(from *[]string, p []byte) (int, error) {
	if len(*from) == 0 {
		return 0, io.EOF
	}
	n := copy(p, (*from)[0])
	*from = (*from)[1:]
	return n, nil
}

// TestStreamLooksWhileThereIsMoreToDo, and waits when all is done. What comes meanwhile interrupts what there is to do.
func TestStreamLooksWhileThereIsMoreToDo(t *testing.T) {
	s := newStream(&busyReader{atOnce: []string{"a", "", "", "b"}, later: []string{"c"}})
	paused, rest := 0, 0
	s.pause = func() (more bool, err error) {
		paused++
		rest--
		return rest > 0, nil
	}
	for _, c := range []struct {
		rest, pauses int
		want         string
	}{{5, 1, "a"}, {5, 3, "b"}, {3, 3, "c"}} {
		paused, rest = 0, c.rest
		b, err := s.peek(1)
		if err != nil || string(b) != c.want || paused != c.pauses {
			t.Errorf("read %q, %v after %d pauses, want %q after %d", b, err, paused, c.want, c.pauses)
		}
		s.discard(1)
	}
	if s.full {
		t.Error("a read that has brought one byte says that there is more")
	}
	failure := errors.New("it cannot be done")
	s.pause = func() (bool, error) { return true, failure }
	if _, err := s.peek(1); err != failure {
		t.Errorf("the error is %v", err)
	}
}

// TestFullRead: a read that has brought all there was room for says that there is more, until it was looked, and there was nothing.
func TestFullRead(t *testing.T) {
	s := newStream(&busyReader{later: []string{string(make([]byte, ioBuffer)), "a"}})
	var full []bool
	s.pause = func() (more bool, err error) {
		full = append(full, s.full)
		return s.full, nil
	}
	for range 2 {
		if _, err := s.peek(1); err != nil {
			t.Fatal(err)
		}
		s.discard(len(s.unread()))
	}
	if want := []bool{false, true, false}; !slices.Equal(full, want) {
		t.Errorf("before the reads and looks there was more: %v, want %v", full, want)
	}
}

// TestGlance at a real connection: it never waits, and leaves errors and the end to Read.
func TestGlance(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	peer, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := &wire{Conn: conn, traffic: new(Traffic)}
	b := make([]byte, 10)
	if n := w.ReadAtOnce(b); n != 0 {
		t.Errorf("read %d bytes that nobody has sent", n)
	}
	peer.Write([]byte("hello"))
	n := 0
	wait.For(t, "the kernel to have it", func() bool {
		n = w.ReadAtOnce(b)
		return n > 0
	})
	if string(b[:n]) != "hello" || w.traffic.BytesIn.Load() != 5 || w.received.Load() != 1 {
		t.Errorf("read %q, %d bytes are counted in %d reads", b[:n], w.traffic.BytesIn.Load(), w.received.Load())
	}
	peer.Close()
	for range 3 {
		if n := w.ReadAtOnce(b); n != 0 {
			t.Errorf("read %d bytes behind the end", n)
		}
	}
	if n, err := w.Read(b); n != 0 || err != io.EOF {
		t.Errorf("the end is %d, %v", n, err)
	}
	pipe, _ := net.Pipe()
	defer pipe.Close()
	if n := (&wire{Conn: pipe, traffic: new(Traffic)}).ReadAtOnce(b); n != 0 {
		t.Errorf("read %d bytes of what can only be waited for", n)
	}
}
