package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// numbered is a libzmq PUB in a process of its own, whose messages are numbered (testdata/feed.py).
type numbered struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
	port  int
	next  int
}

func startNumbered(t *testing.T, port int) *numbered {
	t.Helper()
	args := []string{"testdata/feed.py"}
	if port != 0 {
		args = append(args, strconv.Itoa(port))
	}
	n := &numbered{t: t, cmd: exec.Command(python, args...), lines: make(chan string, 100), next: 1}
	n.cmd.Stderr = os.Stderr
	n.stdin, _ = n.cmd.StdinPipe()
	stdout, err := n.cmd.StdoutPipe()
	if err == nil {
		err = n.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	// Ended by the end of the process.
	go func() {
		defer close(n.lines)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			n.lines <- lines.Text()
		}
	}()
	t.Cleanup(n.kill)
	if n.port, err = strconv.Atoi(strings.TrimPrefix(n.line(), "port ")); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *numbered) kill() {
	if n.cmd.ProcessState != nil {
		return
	}
	n.cmd.Process.Kill()
	for range n.lines {
	}
	n.cmd.Wait()
}

func (n *numbered) line() string {
	n.t.Helper()
	select {
	case line, ok := <-n.lines:
		if !ok {
			n.t.Fatal("the publisher ended")
		}
		return line
	case <-time.After(6 * patience):
		n.t.Fatal("the publisher says nothing")
	}
	return ""
}

func (n *numbered) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", n.port) }

// begin publishes the next so many messages; done waits until it has.
func (n *numbered) begin(count int, more map[string]any, topics ...string) {
	n.t.Helper()
	command := map[string]any{"topics": topics, "from": n.next, "count": count}
	for key, value := range more {
		command[key] = value
	}
	n.next += count
	b, _ := json.Marshal(command)
	if _, err := fmt.Fprintf(n.stdin, "%s\n", b); err != nil {
		n.t.Fatal(err)
	}
}

func (n *numbered) done() {
	n.t.Helper()
	if line := n.line(); line != "done" {
		n.t.Fatalf("the publisher says %q", line)
	}
}

func (n *numbered) publish(count int, topics ...string) {
	n.t.Helper()
	n.begin(count, nil, topics...)
	n.done()
}

// reader is a page that consumes as fast as messages come, and puts what it sees into one line: "a1" for message 1 of
// topic a, "gap 5 lost", "recovered 3".
type reader struct {
	t      *testing.T
	conn   *wsconn.Conn
	socket uint32
	done   chan struct{}

	mu     sync.Mutex
	client *client.Client
	begun  time.Time
	seen   []string
	last   int // number of the last message
	paused bool
	owed   [2]int // consumed messages and bytes that were not told
	ended  error
	news   chan struct{}
}

// readOptions say how a page subscribes.
type readOptions struct {
	typ      core.SocketType // default SUB
	since    core.Position
	params   string
	prefixes []string // default everything
	window   int
	terms    client.SubscribeOptions
	paused   bool // consumes nothing until it goes on
}

func readFrom(t *testing.T, url, address string, o readOptions) *reader {
	t.Helper()
	conn, err := wsconn.Dial(t.Context(), url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, conn: conn, done: make(chan struct{}), news: make(chan struct{}, 1), begun: time.Now(), paused: o.paused}
	r.client = client.New(client.Config{WindowMessages: o.window}, r.hear)
	if o.prefixes == nil {
		o.prefixes = []string{""}
	}
	if o.typ == 0 {
		o.typ = core.SUB
	}
	r.client.Start(0)
	// Ended by leave.
	go r.run()
	t.Cleanup(r.leave)
	r.do(func(c *client.Client) {
		r.socket, err = c.NewSocket(o.typ, nil)
		if err == nil && o.since.Epoch != "" {
			_, err = c.ConnectSince(r.socket, address, []byte(o.params), o.since)
		} else if err == nil {
			_, err = c.Connect(r.socket, address, []byte(o.params))
		}
		for _, prefix := range o.prefixes {
			if err == nil {
				_, err = c.Subscribe(r.socket, []byte(prefix), o.terms)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reader) now() time.Duration { return time.Since(r.begun) }

func (r *reader) run() {
	defer close(r.done)
	for {
		batch, err := r.conn.Read(context.Background())
		r.do(func(c *client.Client) {
			if err == nil {
				err = c.Feed(batch, r.now())
			}
			r.ended = err
		})
		select {
		case r.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (r *reader) do(f func(*client.Client)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.client)
	for batch := r.client.Take(nil, r.now()); len(batch) > 0; batch = r.client.Take(nil, r.now()) {
		if r.conn.Write(context.Background(), batch) != nil {
			return
		}
	}
}

// hear is the engine's sink.
func (r *reader) hear(e *client.Event) {
	switch e.Kind {
	case client.EventMessage:
		r.last, _ = strconv.Atoi(string(e.Parts[1]))
		r.note(string(e.Parts[0]) + string(e.Parts[1]))
		if r.paused {
			r.owed[0]++
			r.owed[1] += e.Parts.Size()
			return
		}
		r.client.Consumed(e.Socket, 1, e.Parts.Size())
	case client.EventGap:
		r.note(fmt.Sprintf("(gap %d %s)", e.Missed, e.Code))
	case client.EventRecovered:
		r.note(fmt.Sprintf("(recovered %d)", e.Missed))
	case client.EventSubscribed:
		r.note("subscribed")
	case client.EventUp, client.EventDown:
		r.note(map[bool]string{true: "up", false: "down"}[e.Kind == client.EventUp])
	}
}

func (r *reader) note(what string) { r.seen = append(r.seen, what) }

// resume consumes what was left, and from now on all at once.
func (r *reader) resume() {
	r.do(func(c *client.Client) {
		r.paused = false
		c.Consumed(r.socket, r.owed[0], r.owed[1])
	})
}

// leave closes the WebSocket: the session ends with it.
func (r *reader) leave() {
	r.conn.Close(core.CloseNormal, "")
	<-r.done
}

func (r *reader) position() core.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, _ := r.client.Position(r.socket, 1)
	return p
}

// until waits until something holds of what was seen.
func (r *reader) until(what string, holds func(seen []string) bool) {
	r.t.Helper()
	deadline := time.After(6 * patience)
	for {
		r.mu.Lock()
		held, ended := holds(r.seen), r.ended
		r.mu.Unlock()
		switch {
		case held:
			return
		case ended != nil:
			r.t.Fatalf("waiting for %s, the connection ended: %v", what, ended)
		}
		select {
		case <-r.news:
		case <-deadline:
			r.t.Fatalf("no %s; seen: %.2000s", what, r.line())
		}
	}
}

// sees waits for something and returns all that was seen, without what says how live it is.
func (r *reader) sees(last string) string {
	r.t.Helper()
	r.until(last, func(seen []string) bool {
		for _, s := range seen {
			if s == last {
				return true
			}
		}
		return false
	})
	return r.line()
}

func (r *reader) line() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var line []string
	for _, s := range r.seen {
		if s != "subscribed" && s != "up" && s != "down" {
			line = append(line, s)
		}
	}
	return strings.Join(line, " ")
}

func (r *reader) wants(want string) {
	r.t.Helper()
	last := want[strings.LastIndexByte(want, ' ')+1:]
	if strings.HasSuffix(last, ")") {
		last = want[strings.LastIndexByte(want, '('):]
	}
	if got := r.sees(last); got != want {
		r.t.Errorf("seen %q, want %q", got, want)
	}
}

// keeping is a bridge that keeps the history of everything.
func keeping(h gateway.History) Config {
	return allowAll(Config{Log: quiet, Gateway: gateway.Config{
		BackoffMin: 5 * time.Millisecond, BackoffMax: 50 * time.Millisecond,
		History: func(core.Endpoint) gateway.History { return h },
	}})
}
