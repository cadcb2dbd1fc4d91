//go:build linux

package atonce_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// pair is two ends of a connection, and access to the descriptor of one.
func pair(t *testing.T) (near syscall.RawConn, far *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); other.Close() })
	near, err = c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return near, other.(*net.TCPConn)
}

func write(t *testing.T, near syscall.RawConn, pieces [][]byte) (n int, err error) {
	t.Helper()
	if e := near.Write(func(fd uintptr) bool { n, err = atonce.Write(int(fd), pieces); return true }); e != nil {
		t.Fatal(e)
	}
	return n, err
}

func TestWhatIsWrittenAtOnceArrives(t *testing.T) {
	many := make([][]byte, 2000)
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	for name, pieces := range map[string][][]byte{
		"one piece":          {[]byte("one")},
		"some":               {[]byte("one"), nil, []byte("two"), []byte("three")},
		"as many as are few": {{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}},
		"one more":           {{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}},
		"two that are large": {make([]byte, 50_000), bytes.Repeat([]byte{7}, 50_000)},
		"one that is large":  {bytes.Repeat([]byte{7}, 100_000)},
	} {
		t.Run(name, func(t *testing.T) {
			near, far := pair(t)
			n, err := write(t, near, pieces)
			want := bytes.Join(pieces, nil)
			if err != nil || n != len(want) {
				t.Fatalf("wrote %d of %d bytes: %v", n, len(want), err)
			}
			got := make([]byte, n)
			if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("what came is not what was written (%v)", err)
			}
		})
	}
	t.Run("more pieces than the kernel takes", func(t *testing.T) {
		near, _ := pair(t)
		if n, err := write(t, near, many); err != nil || n != 1024 {
			t.Fatalf("wrote %d: %v", n, err)
		}
	})
}

func TestNothingIsWaitedFor(t *testing.T) {
	near, far := pair(t)
	var total int
	for pieces := [][]byte{make([]byte, maxShort)}; ; {
		n, err := write(t, near, pieces)
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n == 0 {
			break // the network is full
		}
	}
	b := make([]byte, 16)
	read := func() (n int, again bool, err error) {
		if e := near.Read(func(fd uintptr) bool { n, again, err = atonce.Read(int(fd), b); return true }); e != nil {
			t.Fatal(e)
		}
		return n, again, err
	}
	if n, again, err := read(); n != 0 || !again || err != nil {
		t.Fatalf("read %d, again %v, %v, where nothing is", n, again, err)
	}
	if _, err := far.Write([]byte("here")); err != nil {
		t.Fatal(err)
	}
	if e := near.Read(func(fd uintptr) bool { return atonce.Ready(int(fd)) }); e != nil {
		t.Fatal(e)
	}
	if n, again, err := read(); string(b[:n]) != "here" || again || err != nil {
		t.Fatalf("read %q, again %v, %v", b[:n], again, err)
	}
	if _, err := io.CopyN(io.Discard, far, int64(total)); err != nil {
		t.Fatal(err)
	}
	far.CloseWrite()
	if e := near.Read(func(fd uintptr) bool { return atonce.Ready(int(fd)) }); e != nil {
		t.Fatal(e)
	}
	if n, again, err := read(); n != 0 || again || err != nil {
		t.Fatalf("the end is %d, again %v, %v", n, again, err)
	}
}

const maxShort = 64 << 10

func TestErrorsAreTheKernels(t *testing.T) {
	if _, err := atonce.Write(-1, [][]byte{{1}}); !errors.Is(err, syscall.EBADF) {
		t.Error("one piece:", err)
	}
	if _, err := atonce.Write(-1, [][]byte{{1}, {2}}); !errors.Is(err, syscall.EBADF) {
		t.Error("two pieces:", err)
	}
	if _, _, err := atonce.Read(-1, make([]byte, 1)); !errors.Is(err, syscall.EBADF) {
		t.Error("a read:", err)
	}
}
