//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// serveUntil is startServe for a bridge that is stopped in the middle of a test.
func serveUntil(t *testing.T, args ...string) (at *url.URL, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, w := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error"}, args...), w, os.Stderr)
		w.Close()
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	at, err := url.Parse(strings.Replace(firstAddress(stdout), "ws://", "http://", 1))
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, stdout) // it ends when run ends
	return at, stop
}

func firstAddress(stdout io.Reader) string {
	var said []byte
	for buf := make([]byte, 4096); ; {
		n, err := stdout.Read(buf)
		said = append(said, buf[:n]...)
		if _, at, found := strings.Cut(string(said), "WebSocket  "); found && strings.Contains(at, "\n") {
			return strings.TrimSpace(at)
		}
		if err != nil {
			return ""
		}
	}
}

// rolling is bridges behind one address, of which one at a time gets what is new.
type rolling struct {
	t     *testing.T
	args  []string
	front *httptest.Server
	to    atomic.Pointer[url.URL]
	stop  func()
}

func startRolling(t *testing.T, args ...string) *rolling {
	r := &rolling{t: t, args: args, stop: func() {}}
	r.next()
	r.front = httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: r.to.Load().Host})
		p.Out.Host = p.In.Host
	}})
	t.Cleanup(r.front.CloseClientConnections)
	return r
}

// next has another bridge take the place of the present one, and stops that.
func (r *rolling) next() {
	at, stop := serveUntil(r.t, r.args...)
	before := r.stop
	r.stop = stop
	if r.front != nil {
		time.Sleep(time.Second) // it becomes ready
	}
	r.to.Store(at)
	before()
}

// TestSessionsMoveInACluster: bridges are replaced one after the other, and a page with a durable feed and requests notices reconnects and nothing else.
func TestSessionsMoveInACluster(t *testing.T) {
	servers := natstest.Start(t, 1)
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tokens.yaml": hashed("token-of-ann") + ": {user: ann}\n" + hashed("token-of-bob") + ": {user: bob}\n",
		"zwb.yaml": fmt.Sprintf("cluster: {nats: %q, name: test, lease: 2s}\nusers:\n  - tokens: {file: tokens.yaml}\nendpoints:\n%s  prices: {type: SUB, address: %q, hwm: 60000, history: {age: 1h, size: 64MiB, durable: true}}\n",
			servers.URLs(), echoOf(t), pub.Endpoint().String()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := startRolling(t, "--config", filepath.Join(dir, "zwb.yaml"), "--drain", "10s")
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	c, err := zmq.Dial(ctx, strings.Replace(r.front.URL, "http", "ws", 1)+"/data", zmq.Options{Credentials: map[string]string{"token": "token-of-ann"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var resets, resumed atomic.Int64
	go func() {
		for e := range c.Events(ctx) {
			switch e.Kind {
			case zmq.EventReset:
				t.Errorf("the session is gone: %v", e.Err)
				resets.Add(1)
			case zmq.EventResumed:
				resumed.Add(1)
			}
		}
	}()
	sub := c.Socket(zmq.SUB)
	sub.Subscribe("")
	if err := sub.Connect("prices", nil); err != nil {
		t.Fatal(err)
	}
	if err := sub.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	var got atomic.Int64
	go func() {
		for m, err := range sub.Messages(ctx) {
			switch {
			case ctx.Err() != nil:
			case err != nil:
				t.Errorf("behind %d: %v", got.Load(), err)
			case number(string(m[0])) != int(got.Load())+1:
				t.Errorf("%s behind %d", m[0], got.Load())
				got.Store(int64(number(string(m[0]))))
			default:
				got.Add(1)
			}
		}
	}()
	var published atomic.Int64
	publishing, enough := context.WithCancel(ctx)
	defer enough()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 1; publishing.Err() == nil; n++ {
			pub.Publish(core.Message{[]byte(fmt.Sprint(n))})
			published.Store(int64(n))
			time.Sleep(time.Millisecond)
		}
	}()
	req := c.Socket(zmq.REQ)
	if err := req.Connect("echo", nil); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := req.Request(ctx, []byte("before")); err != nil {
			t.Error(err)
		}
		r.next()
		if _, err := req.Request(ctx, []byte("behind")); err != nil {
			t.Error(err)
		}
		if n := resumed.Load(); n != int64(i+1) {
			t.Errorf("the session went on %d times", n)
		}
		so := published.Load()
		wait.For(t, "the feed to go on", func() bool { return got.Load() >= so })
	}
	enough()
	<-ended
	wait.For(t, "all to have come", func() bool { return got.Load() == published.Load() })
	t.Logf("%d messages", got.Load())
	cancel()
}
