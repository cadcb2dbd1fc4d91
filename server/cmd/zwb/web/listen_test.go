package web

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSocketOfUnix: it answers, only the user and the group may connect, and it is removed at the end.
func TestSocketOfUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zwb.sock")
	leave(t, path) // by a process that was killed
	listeners, err := new(Given).Listen([]string{"127.0.0.1:0", "unix:" + path})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	door := NewDoor(10, slog.New(slog.DiscardHandler))
	defer door.Close()
	site := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }), nil, door, slog.New(slog.DiscardHandler))
	for _, l := range listeners {
		go site.Serve(Secured(door.Guard(l), false, nil)) // until the end of the test
	}
	for _, l := range listeners {
		conn, err := net.Dial(l.Addr().Network(), l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if answer, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(answer), "ok") {
			t.Errorf("%s: %q, %v", l.Addr(), answer, err)
		}
		conn.Close()
	}
	if _, err := new(Given).Listen([]string{"unix:" + path}); err == nil {
		t.Error("a second listener gets the socket of the first")
	}
	site.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// leave makes a socket that nobody listens at.
func leave(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

// TestListenAtAllOrNone: where one address is taken, none is kept. What is no socket is not removed.
func TestListenAtAllOrNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	if _, err := new(Given).Listen([]string{address, "unix:" + file}); err == nil {
		t.Error("it listens at a file")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	again, err := new(Given).Listen([]string{address})
	if err != nil {
		t.Fatalf("the other address is still taken: %v", err)
	}
	again.Close()
}
