//go:build !js

package wsconn_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// lendingOn is a connection that lends on, in a goroutine of its own.
type lendingOn struct {
	got    chan int  // bytes of the messages that came together
	more   chan bool // what handle returns then
	ended  chan error
	enough bool // once it has ended
}

func lendOn(t *testing.T, server *wsconn.Conn) *lendingOn {
	l := &lendingOn{got: make(chan int), more: make(chan bool), ended: make(chan error, 1)}
	go func() {
		var err error
		l.enough, err = server.LendOn(context.WithoutCancel(t.Context()), func(messages [][]byte) bool {
			n := 0
			for _, m := range messages {
				n += len(m)
			}
			l.got <- n
			return <-l.more
		})
		l.ended <- err
	}()
	return l
}

// next checks what comes next, and says whether more is wanted.
func (l *lendingOn) next(t *testing.T, want int, more bool) {
	t.Helper()
	select {
	case n := <-l.got:
		if n != want {
			t.Errorf("got %d bytes, want %d", n, want)
		}
		l.more <- more
	case err := <-l.ended:
		t.Fatalf("it has ended: %v", err)
	case <-time.After(patience):
		t.Fatal("nothing comes")
	}
}

// one waits for what comes next, without an answer yet.
func (l *lendingOn) one(t *testing.T) (bytes int) {
	t.Helper()
	select {
	case bytes = <-l.got:
	case <-time.After(patience):
		t.Fatal("nothing comes")
	}
	return bytes
}

// end waits until it has ended.
func (l *lendingOn) end(t *testing.T) (enough bool, err error) {
	t.Helper()
	select {
	case err = <-l.ended:
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	return l.enough, err
}

// TestLendOn: what comes while it waits, while it is handled, and in parts, is handled once, and what is left when there is enough is
// what is read next.
func TestLendOn(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	one := func(size int) []byte { return masked(nil, random, final|binaryFrame, size) }
	client, server := raw(t)
	l := lendOn(t, server)
	client.Write(one(10))
	l.next(t, 10, true)
	time.Sleep(10 * time.Millisecond) // so that most probably it waits
	client.Write(slices.Concat(one(20), one(21), one(22)[:9]))
	l.next(t, 41, true)
	client.Write(one(22)[:1]) // not yet all of it
	time.Sleep(10 * time.Millisecond)
	select {
	case n := <-l.got:
		t.Fatalf("a part of a message is %d bytes", n)
	default:
	}
	client.Write(one(22)[10:])
	l.next(t, 22, true)
	client.Write(one(30))
	n := l.one(t) // it is being handled
	client.Write(one(31))
	if l.more <- true; n != 30 {
		t.Errorf("got %d bytes", n)
	}
	l.next(t, 31, true)
	large := bytes.Repeat(one(1000), 30) // more than there is room for
	go client.Write(append(large, one(40)...))
	for left := 30_040; left > 0; {
		left -= l.one(t)
		l.more <- left > 0
	}
	if enough, err := l.end(t); !enough || err != nil {
		t.Errorf("enough %v, %v", enough, err)
	}
	if n := server.Memory(); n != 0 {
		t.Errorf("a connection at rest has a buffer of %d bytes", n)
	}
	client.Write(slices.Concat(one(50), one(51)))
	if b, err := server.Read(t.Context()); len(b) != 50 || err != nil {
		t.Errorf("then %d bytes are read, %v", len(b), err)
	}
	l = lendOn(t, server)
	l.next(t, 51, true)
	client.Write(masked(nil, random, final|pingFrame, 3))
	if enough, err := l.end(t); enough || err != nil {
		t.Errorf("at a Ping: enough %v, %v", enough, err)
	}
	client.Write(one(60))
	if b, err := server.Read(t.Context()); len(b) != 60 || err != nil {
		t.Errorf("behind a Ping %d bytes are read, %v", len(b), err)
	}
}

// TestLendOnUntilTheEnd: it ends with the connection, whoever ends it, and how, and then a read says why.
func TestLendOnUntilTheEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for name, end := range map[string]func(client net.Conn, server *wsconn.Conn){
		"hung up":     func(client net.Conn, _ *wsconn.Conn) { client.Close() },
		"half closed": func(client net.Conn, _ *wsconn.Conn) { client.(*net.TCPConn).CloseWrite() },
		"reset": func(client net.Conn, _ *wsconn.Conn) {
			client.(*net.TCPConn).SetLinger(0)
			client.Close()
		},
		"dropped":       func(_ net.Conn, server *wsconn.Conn) { server.Drop() },
		"ended at once": func(_ net.Conn, server *wsconn.Conn) { server.EndAtOnce(core.CloseGoingAway, "") },
		"closed": func(client net.Conn, server *wsconn.Conn) {
			go io.Copy(io.Discard, client)
			go server.Close(core.CloseNormal, "")
			time.Sleep(10 * time.Millisecond)
			client.Write([]byte{final | closeFrame, 0x80 | 2, 0, 0, 0, 0, 0x03, 0xe8})
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := raw(t)
			l := lendOn(t, server)
			client.Write(masked(nil, random, final|binaryFrame, 10))
			l.next(t, 10, true)
			time.Sleep(10 * time.Millisecond) // so that most probably it waits
			end(client, server)
			if enough, err := l.end(t); enough || err != nil {
				t.Errorf("enough %v, %v", enough, err)
			}
			if _, err := server.ReadTogether(t.Context()); err == nil {
				t.Error("something is read after the end")
			}
		})
	}
}

// TestEndWithTheLastMessage: a connection that ends while its last message is handled, so that nobody is woken again, ends when it is written to.
func TestEndWithTheLastMessage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	client, server := raw(t)
	l := lendOn(t, server)
	client.Write(masked(nil, random, final|binaryFrame, 10))
	n := l.one(t)
	client.Close()
	time.Sleep(10 * time.Millisecond)
	if l.more <- true; n != 10 {
		t.Errorf("got %d bytes", n)
	}
	wait.For(t, "the network to say that it has ended", func() bool {
		_, err := server.TryWrite([][]byte{{1, 2, 3}})
		return err != nil || len(l.ended) > 0
	})
	if enough, err := l.end(t); enough || err != nil {
		t.Errorf("enough %v, %v", enough, err)
	}
}

// TestLendOnInTime: a message that is not finished in time ends the connection, however long those before took to be handled.
func TestLendOnInTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	client, server := raw(t)
	go io.Copy(io.Discard, client)
	const within = 100 * time.Millisecond
	server.Bound(1000, within, nil)
	l := lendOn(t, server)
	one := masked(nil, random, final|binaryFrame, 10)
	client.Write(one[:5])
	time.Sleep(10 * time.Millisecond)
	client.Write(one[5:])
	n := l.one(t)
	time.Sleep(2 * within) // to handle it
	if l.more <- true; n != 10 {
		t.Errorf("got %d bytes", n)
	}
	client.Write(one)
	l.next(t, 10, true)
	client.Write(one[:5])
	_, err := l.end(t)
	if closed := (*core.CloseError)(nil); !errors.As(err, &closed) || closed.Close != core.CloseTimeout {
		t.Errorf("an unfinished message ends it with %v", err)
	}
}

// readLentOn is readLent with LendOn, until it has enough, and then what could not be lent.
func readLentOn(t testing.TB, c *wsconn.Conn, random *rand.Rand) (messages [][]byte, err error) {
	own := func(lent [][]byte) (goOn bool) {
		for _, b := range lent {
			messages = append(messages, bytes.Clone(b))
			clear(b[:cap(b)])
		}
		return random.IntN(4) > 0
	}
	enough, err := c.LendOn(t.Context(), own)
	if enough || err != nil {
		return messages, err
	}
	got, err := c.ReadTogether(t.Context())
	return append(messages, got...), err
}
