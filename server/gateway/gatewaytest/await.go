package gatewaytest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// Patience is how long a test waits for what has to happen. It is only ever used up by a failing test.
const Patience = 20 * time.Second

// Eventually waits for something that nothing announces.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	wait.For(t, what, happened)
}

// Await receives from a channel on which something has to come.
func Await[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(Patience):
		t.Fatalf("never happened: %s", what)
		panic("unreachable")
	}
}

// Text makes a message of strings.
func Text(parts ...string) core.Message {
	m := make(core.Message, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}

// Words is the inverse of Text.
func Words(m core.Message) []string {
	parts := make([]string, len(m))
	for i, p := range m {
		parts[i] = string(p)
	}
	return parts
}

// WantCode fails the test when an error has another code.
func WantCode(t testing.TB, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
}

// WantWords fails the test when a message has other parts.
func WantWords(t testing.TB, got core.Message, want ...string) {
	t.Helper()
	if !slices.Equal(Words(got), want) {
		t.Fatalf("got %q, want %q", Words(got), want)
	}
}

// WantMessage is WantWords for large messages, of which it shows only the beginning.
func WantMessage(t testing.TB, got, want core.Message) {
	t.Helper()
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Fatalf("got %d parts of %d bytes, want %d of %d: %.200q", len(got), got.Size(), len(want), want.Size(), got)
	}
}

// Events is a Watcher of a gateway that remembers what it was told.
type Events chan string

// Up implements Watcher.
func (e Events) Up() { e <- "up" }

// Down implements Watcher.
func (e Events) Down(err error) { e <- "down: " + err.Error() }

// Wait skips events until one begins with prefix.
func (e Events) Wait(t testing.TB, prefix string) string {
	t.Helper()
	for {
		if event := Await(t, prefix, e); strings.HasPrefix(event, prefix) {
			return event
		}
	}
}

// NewEvents makes room for as many events as any test waits for.
func NewEvents() Events { return make(Events, 1000) }
