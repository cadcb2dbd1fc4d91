package gateway

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// patience is how long a test waits for what has to happen. It is only ever used up by a failing test.
const patience = 20 * time.Second

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftover(); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left over:\n\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// leftover is the stacks of the goroutines that run code of this module, after those that are ending have ended.
func leftover() string {
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		stacks := bytes.Split(allStacks(), []byte("\n\n"))
		stacks = slices.DeleteFunc(stacks, func(stack []byte) bool {
			return !bytes.Contains(stack, []byte("zmqwebbridge/")) || bytes.Contains(stack, []byte("TestMain"))
		})
		if len(stacks) == 0 {
			return ""
		}
		if time.Now().After(deadline) {
			return string(bytes.Join(stacks, []byte("\n\n")))
		}
	}
}

func allStacks() []byte {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return buf[:n]
		}
	}
}

// eventually waits for something that nothing announces.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(patience)
	for !happened() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		<-tick.C
	}
}

// await receives from a channel on which something has to come.
func await[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("never happened: %s", what)
		panic("unreachable")
	}
}

// quick is a configuration for tests: redials soon, otherwise the defaults.
func quick() Config {
	return Config{BackoffMin: 5 * time.Millisecond, BackoffMax: 50 * time.Millisecond}
}

// newTestFactory makes a factory that is closed with the test.
func newTestFactory(t testing.TB, c Config) *Factory {
	t.Helper()
	f := NewFactory(c)
	t.Cleanup(f.Close)
	return f
}

func newReq(t testing.TB, f *Factory, ep core.Endpoint) *ReqGateway {
	t.Helper()
	g, err := f.Req(ep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Release)
	return g
}

func newSub(t testing.TB, f *Factory, ep core.Endpoint) *SubGateway {
	t.Helper()
	g, err := f.Sub(ep)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Release)
	return g
}

// anyPort leaves the choice of the port to the kernel; the gateway's Endpoint tells which one it is.
var anyPort = core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}

// text makes a message of strings.
func text(parts ...string) core.Message {
	m := make(core.Message, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}

// words is the inverse of text.
func words(m core.Message) []string {
	parts := make([]string, len(m))
	for i, p := range m {
		parts[i] = string(p)
	}
	return parts
}

// outcome is how a request ended.
type outcome struct {
	reply core.Message
	err   error
}

// ask starts a request.
func ask(g *ReqGateway, m core.Message, timeout time.Duration) (*Request, <-chan outcome) {
	c := make(chan outcome, 2) // one place more than may be used: a second call is seen, not lost
	return g.Do(m, timeout, func(reply core.Message, err error) { c <- outcome{reply, err} }), c
}

// request asks and waits.
func request(t testing.TB, g *ReqGateway, m core.Message) outcome {
	t.Helper()
	_, c := ask(g, m, patience)
	return await(t, "the end of a request", c)
}

func wantCode(t testing.TB, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
}

func wantWords(t testing.TB, got core.Message, want ...string) {
	t.Helper()
	if !slices.Equal(words(got), want) {
		t.Fatalf("got %q, want %q", words(got), want)
	}
}

// events is a Watcher that remembers.
type events chan string

func newEvents() events { return make(events, 1000) }

func (e events) Up()            { e <- "up" }
func (e events) Down(err error) { e <- "down: " + err.Error() }

// wait skips events until one begins with prefix.
func (e events) wait(t testing.TB, prefix string) string {
	t.Helper()
	for {
		if event := await(t, prefix, e); strings.HasPrefix(event, prefix) {
			return event
		}
	}
}
