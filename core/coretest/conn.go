package coretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Conn is one end of a connection that carries whole messages, as core/wsconn documents it and TestConn checks it.
type Conn interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(core.CloseCode, string) error
	Drop() error
}

// Pair makes two connected ends that accept messages of up to limit bytes; 0 means some megabytes.
type Pair func(t *testing.T, limit int64) (a, b Conn)

// TestConn tests the contract of a transport. Every transport has to pass it, as either end of a pair. A pair of two
// different transports is tested both ways round.
func TestConn(t *testing.T, pair Pair) {
	for _, rule := range []struct {
		name  string
		check func(*testing.T, context.Context, Pair)
	}{
		{"messages arrive whole and in order", testMessages},
		{"Write is done with its buffer", testBuffer},
		{"one end reads while it writes", testDuplex},
		{"Close carries its code and reason", testClose},
		{"what was written before Close arrives", testCloseAfterWrites},
		{"Close ends this end", testCloseHere},
		{"Drop ends both ends", testDrop},
		{"a spent context ends the connection", testContext},
		{"a message over the limit is an error", testLimit},
		{"a peer that does not read blocks nobody for ever", testStalledPeer},
	} {
		t.Run(rule.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			rule.check(t, ctx, pair)
		})
	}
}

// ends makes a pair that is dropped at the end of the test.
func (pair Pair) ends(t *testing.T, limit int64) (a, b Conn) {
	t.Helper()
	a, b = pair(t, limit)
	t.Cleanup(func() {
		a.Drop()
		b.Drop()
	})
	return a, b
}

func testMessages(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	for _, way := range []struct{ from, to Conn }{{a, b}, {b, a}} {
		var sent [][]byte
		for _, size := range []int{1, 0, 125, 126, 65535, 65536, 1 << 20} {
			sent = append(sent, pattern(size))
		}
		written := writeAll(ctx, way.from, sent)
		for _, want := range sent {
			if got := read(t, ctx, way.to); !bytes.Equal(got, want) {
				t.Fatalf("a message of %d bytes arrived as one of %d, or changed", len(want), len(got))
			}
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
}

func testBuffer(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	written := async(func() error {
		buffer := make([]byte, 64)
		for i := range 100 {
			n := copy(buffer, fmt.Sprintf("message %d", i))
			if err := a.Write(ctx, buffer[:n]); err != nil {
				return err
			}
			clear(buffer)
		}
		return nil
	})
	var got [][]byte
	for range 100 {
		got = append(got, read(t, ctx, b))
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	for i, m := range got {
		if want := fmt.Sprintf("message %d", i); string(m) != want {
			t.Fatalf("got %q, want %q", m, want)
		}
	}
}

func testDuplex(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	messages := make([][]byte, 500)
	for i := range messages {
		messages[i] = pattern(i * 16)
	}
	writtenA, writtenB := writeAll(ctx, a, messages), writeAll(ctx, b, messages)
	for _, want := range messages {
		for _, end := range []Conn{a, b} {
			if got := read(t, ctx, end); !bytes.Equal(got, want) {
				t.Fatalf("a message of %d bytes arrived as one of %d, or changed", len(want), len(got))
			}
		}
	}
	if err := errors.Join(<-writtenA, <-writtenB); err != nil {
		t.Fatal(err)
	}
}

func testClose(t *testing.T, ctx context.Context, pair Pair) {
	for _, want := range []core.CloseError{
		{Close: core.CloseNormal, Reason: ""},
		{Close: core.CloseGoingAway, Reason: "the bridge shuts down"},
		{Close: core.CloseDenied, Reason: "nö: " + strings.Repeat("x", 118)},
	} {
		a, b := pair.ends(t, 0)
		closed := async(func() error { return a.Close(want.Close, want.Reason) })
		var got *core.CloseError
		if err := readError(t, ctx, b); !errors.As(err, &got) {
			t.Fatalf("after Close(%d) the other end reads %v", want.Close, err)
		}
		if *got != want {
			t.Errorf("got %v, want %v", got, &want)
		}
		if err := <-closed; err != nil {
			t.Error("Close:", err)
		}
		if err := b.Write(ctx, []byte("x")); err == nil {
			t.Error("the other end can still write")
		}
	}
}

func testCloseAfterWrites(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	messages := make([][]byte, 50)
	for i := range messages {
		messages[i] = pattern(1000 * i)
	}
	written := async(func() error {
		err := <-writeAll(ctx, a, messages)
		return errors.Join(err, a.Close(core.CloseGoingAway, "done"))
	})
	for _, want := range messages {
		if got := read(t, ctx, b); !bytes.Equal(got, want) {
			t.Fatalf("a message of %d bytes arrived as one of %d, or changed", len(want), len(got))
		}
	}
	readError(t, ctx, b)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

func testCloseHere(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	ended := async(func() error { _, err := a.Read(ctx); return err })
	peer := async(func() error { _, err := b.Read(ctx); return err })
	a.Close(core.CloseNormal, "")
	if err := <-ended; err == nil {
		t.Error("a Read that was waiting got a message")
	}
	<-peer
	if err := a.Write(ctx, []byte("x")); core.CodeOf(err) != core.Lost {
		t.Errorf("Write after Close: %v, want lost", err)
	}
	if _, err := a.Read(ctx); err == nil {
		t.Error("Read after Close got a message")
	}
	async(func() error { return a.Close(core.CloseGoingAway, "again") }) // a second Close returns and does no harm
}

func testDrop(t *testing.T, ctx context.Context, pair Pair) {
	a, b := pair.ends(t, 0)
	waiting := async(func() error { _, err := a.Read(ctx); return err })
	a.Drop()
	if err := <-waiting; core.CodeOf(err) != core.Lost {
		t.Errorf("a Read that was waiting: %v, want lost", err)
	}
	if err := a.Write(ctx, []byte("x")); core.CodeOf(err) != core.Lost {
		t.Errorf("Write after Drop: %v, want lost", err)
	}
	err := readError(t, ctx, b)
	var closed *core.CloseError // a browser always sends a close frame
	if core.CodeOf(err) != core.Lost || errors.As(err, &closed) && !closed.Close.Retry() {
		t.Errorf("the other end: %v, want lost", err)
	}
}

func testContext(t *testing.T, ctx context.Context, pair Pair) {
	for name, use := range map[string]func(context.Context, Conn) error{
		"Read":  func(ctx context.Context, c Conn) error { _, err := c.Read(ctx); return err },
		"Write": func(ctx context.Context, c Conn) error { return c.Write(ctx, []byte("x")) },
	} {
		a, b := pair.ends(t, 0)
		spent, cancel := context.WithCancel(ctx)
		cancel()
		if err := use(spent, a); core.CodeOf(err) != core.Lost {
			t.Errorf("%s: %v, want lost", name, err)
		}
		if err := a.Write(ctx, []byte("x")); err == nil {
			t.Errorf("after %s one can still write", name)
		}
		readError(t, ctx, b)
	}

	a, b := pair.ends(t, 0)
	spent, cancel := context.WithCancel(ctx)
	waiting := async(func() error { _, err := a.Read(spent); return err })
	cancel()
	if err := <-waiting; core.CodeOf(err) != core.Lost {
		t.Errorf("a Read that was waiting: %v, want lost", err)
	}
	readError(t, ctx, b)
}

func testLimit(t *testing.T, ctx context.Context, pair Pair) {
	const limit = 1000
	a, b := pair.ends(t, limit)
	written := writeAll(ctx, a, [][]byte{pattern(limit), pattern(limit + 1)})
	if got := read(t, ctx, b); len(got) != limit {
		t.Errorf("a message of %d bytes arrived as one of %d", limit, len(got))
	}
	var over *core.CloseError
	if err := readError(t, ctx, b); !errors.As(err, &over) || over.Close != core.CloseTooLarge {
		t.Fatalf("one more byte: %v, want a CloseError with 4501", err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	closed := async(func() error { return b.Close(over.Close, over.Reason) })
	var told *core.CloseError
	if err := readError(t, ctx, a); !errors.As(err, &told) || *told != *over {
		t.Errorf("the sender is told %v, want %v", err, over)
	}
	<-closed
}

func testStalledPeer(t *testing.T, ctx context.Context, pair Pair) {
	a, _ := pair.ends(t, 0)
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	chunk := pattern(256 << 10)
	for {
		if err := a.Write(short, chunk); err != nil {
			break // the write has returned, which is all that has to be shown; otherwise the test would time out
		}
	}
	if err := a.Write(ctx, []byte("x")); err == nil {
		t.Error("the connection is still there")
	}
}

// pattern makes a message of this size, whose bytes show where they belong. It is ASCII, so that a transport of text
// messages can carry it.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = 'a' + byte((i*7+size)%26)
	}
	return b
}

// writeAll writes messages in a goroutine of its own, which ends with the connection or with ctx.
func writeAll(ctx context.Context, c Conn, messages [][]byte) <-chan error {
	return async(func() error {
		for _, m := range messages {
			if err := c.Write(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func async(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func read(t *testing.T, ctx context.Context, c Conn) []byte {
	t.Helper()
	b, err := c.Read(ctx)
	if err != nil {
		t.Fatal("Read:", err)
	}
	return b
}

// readError reads from a connection that has ended, or is about to end, and returns the error.
func readError(t *testing.T, ctx context.Context, c Conn) error {
	t.Helper()
	b, err := c.Read(ctx)
	if err == nil {
		t.Fatalf("Read got a message of %d bytes, want an error", len(b))
	}
	if ctx.Err() != nil {
		t.Fatal("Read waited until the test's time was over")
	}
	return err
}
