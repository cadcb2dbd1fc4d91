package web

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

const patience = 20 * time.Second

// entrance is a door, and where it is.
type entrance struct {
	*Door
	address string
}

// startWeb starts a web server behind a door. The handler says "ok".
func startWeb(t *testing.T, most int) (*entrance, *bytes.Buffer) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lines, nil))
	d := NewDoor(most, log)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	web := NewServer(ok, nil, d, log)
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(d.Guard(listener)) }()
	t.Cleanup(func() {
		web.Close()
		<-ended
		d.Close()
	})
	return &entrance{d, listener.Addr().String()}, &lines
}

func connect(t *testing.T, d *entrance, sends string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, sends); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestSilentConnectionsMakeRoom: whoever comes is answered, however many connections send nothing, or half a request.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	for name, sends := range map[string]string{
		"nothing":            "",
		"half a header":      "GET / HT",
		"half a body":        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nx",
		"a body in chunks":   "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
		"a whole request":    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a header too large": "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", maxHeader),
	} {
		t.Run(name, func(t *testing.T) {
			const most = 5
			d, _ := startWeb(t, most)
			for range 4 * most {
				connect(t, d, sends)
				answer, err := io.ReadAll(connect(t, d, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
				if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
					t.Fatalf("a newcomer gets %q, %v", answer, err)
				}
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.visitors.Len() > most || len(d.places) != d.visitors.Len() {
				t.Errorf("%d visitors, %d places", d.visitors.Len(), len(d.places))
			}
		})
	}
}

// starved is a listener that has no file descriptor left for a while.
type starved struct {
	net.Listener
	failures int
}

func (s *starved) Accept() (net.Conn, error) {
	if s.failures > 0 {
		s.failures--
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

// TestReserveOfFileDescriptors: when there are none left, one of the reserve makes room, then the quietest visitor.
func TestReserveOfFileDescriptors(t *testing.T) {
	d, _ := startWeb(t, 100)
	quiet := connect(t, d, "")
	wait.For(t, "the visitor", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.visitors.Len() == 1 })
	for range reserved {
		if !d.makeRoom() {
			t.Fatal("nothing of the reserve is given up")
		}
	}
	if len(d.reserve) != 0 {
		t.Errorf("%d are left in reserve", len(d.reserve))
	}
	if !d.makeRoom() {
		t.Error("the visitor does not make room")
	}
	if _, err := quiet.Read(make([]byte, 1)); err == nil {
		t.Error("the visitor is still there")
	}
	wait.For(t, "the reserve to be whole again", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.reserve) == reserved })
}

func TestAcceptWithoutFileDescriptors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	d := NewDoor(10, slog.New(slog.DiscardHandler))
	defer d.Close()
	connect(t, &entrance{d, listener.Addr().String()}, "")
	conn, err := d.Guard(&starved{listener, reserved}).Accept()
	if err != nil {
		t.Fatal("with a reserve:", err)
	}
	conn.Close()
	d.changed(conn, http.StateClosed)
	if _, err := d.Guard(&starved{listener, reserved + 1}).Accept(); err == nil {
		t.Error("without a reserve and without a visitor it still accepts")
	}
}

func TestRequestsWithBodies(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	for _, test := range []struct {
		method, body string
		want         int
	}{
		{"GET", "", http.StatusOK},
		{"HEAD", "", http.StatusOK},
		{"GET", "x", http.StatusRequestEntityTooLarge},
		{"POST", "", http.StatusMethodNotAllowed},
		{"POST", "x", http.StatusMethodNotAllowed},
		{"OPTIONS", "", http.StatusMethodNotAllowed},
	} {
		web := httptest.NewServer(new(Door).bounded(ok, func(string) bool { return false }))
		r, err := http.NewRequest(test.method, web.URL, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		web.Close()
		if resp.StatusCode != test.want || resp.Close != (test.body != "") {
			t.Errorf("%s with %q: %s, closes %v", test.method, test.body, resp.Status, resp.Close)
		}
	}
}

func TestSharesOfFileDescriptors(t *testing.T) {
	for _, limit := range []uint64{0, 64, 256, 1024, 65536, 1 << 40} {
		s := ShareFiles(limit, 10_000)
		if sum := s.WebSockets + s.Gateways + s.Visitors; limit >= 256 && uint64(sum+reserved) > limit-16 {
			t.Errorf("of %d descriptors %d are given away", limit, sum)
		}
		if s.WebSockets < 4 || s.Gateways < 4 || s.Visitors < 4 {
			t.Errorf("of %d descriptors somebody gets none: %+v", limit, s)
		}
	}
	if got, want := ShareFiles(1<<20, 10_000), (Files{10_000, 1024, 1000}); got != want {
		t.Errorf("with enough: %+v", got)
	}
	if got := ShareFiles(1<<20, 2).WebSockets; got != 2 {
		t.Errorf("%d WebSockets where 2 may be", got)
	}
}
