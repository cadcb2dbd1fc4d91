package server

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// numbered is a libzmq PUB in a process of its own, whose messages are numbered (testdata/feed.py).
type numbered struct {
	*process
	next int
}

func startNumbered(t *testing.T, port int) *numbered {
	t.Helper()
	args := []string{"testdata/feed.py"}
	if port != 0 {
		args = append(args, strconv.Itoa(port))
	}
	return &numbered{start(t, 6*patience, args...), 1}
}

// begin publishes the next so many messages; done waits until it has.
func (n *numbered) begin(count int, more map[string]any, topics ...string) {
	n.t.Helper()
	command := map[string]any{"topics": topics, "from": n.next, "count": count}
	for key, value := range more {
		command[key] = value
	}
	n.next += count
	n.write(command)
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
	engine
	socket uint32

	// Guarded by the engine's lock.
	seen   []string
	last   int // number of the last message
	paused bool
	owed   [2]int // consumed messages and bytes that were not told
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
	if o.prefixes == nil {
		o.prefixes = []string{""}
	}
	if o.typ == 0 {
		o.typ = core.SUB
	}
	begun := time.Now()
	r := &reader{paused: o.paused}
	r.engine = newEngine(t, client.Config{WindowMessages: o.window}, func() time.Duration { return time.Since(begun) }, r.hear)
	r.redial(url, nil)
	t.Cleanup(r.leave)
	r.socket = r.subscribed(o.typ, "", o.terms, o.prefixes, func(c *client.Client, id uint32) (err error) {
		if o.since.Epoch != "" {
			_, err = c.ConnectSince(id, address, []byte(o.params), o.since)
		} else {
			_, err = c.Connect(id, address, []byte(o.params))
		}
		return err
	})
	return r
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
			line := r.line()
			r.t.Fatalf("no %s; seen: %.1000s … %s", what, line, line[max(0, len(line)-1000):]) // why it is not there is at the end
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
