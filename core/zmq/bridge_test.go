package zmq_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// bridge is a bridge for tests: the test writes every frame itself. Its connections are in memory, so that synctest can
// simulate the time.
type bridge struct {
	t     *testing.T
	links chan *link
	away  atomic.Bool // nobody accepts connections

	mu sync.Mutex

	dials []time.Time
}

func newBridge(t *testing.T) *bridge { return &bridge{t: t, links: make(chan *link)} }

// dial opens a connection to the bridge; it is for Options.Dial.
func (b *bridge) dial(ctx context.Context, _ string) (zmq.Conn, error) {
	b.mu.Lock()
	b.dials = append(b.dials, time.Now())
	b.mu.Unlock()
	if b.away.Load() {
		return nil, core.NewError(core.Unavailable, "connection refused")
	}
	near, far := newPipe(0)
	l := &link{t: b.t, conn: far, session: core.NewSession(core.SessionConfig{Bridge: true}, 0), start: time.Now()}
	select {
	case b.links <- l:
		return near, nil
	case <-ctx.Done():
		return nil, core.NewError(core.Unavailable, ctx.Err().Error())
	}
}

// context makes a client of the bridge, which is closed at the end of the test.
func (b *bridge) context(opts zmq.Options) *zmq.Context {
	opts.Dial = b.dial
	c := zmq.NewContext("ws://bridge/data", opts)
	b.t.Cleanup(c.Close)
	return c
}

// accept takes the next connection of a client and reads its Hello.
func (b *bridge) accept() *link {
	b.t.Helper()
	l := <-b.links
	l.expect(core.KindHello)
	return l
}

// welcome takes the next connection of a client and answers its Hello with Welcome.
func (b *bridge) welcome() *link {
	b.t.Helper()
	l := b.accept()
	l.session.Welcome()
	l.flush()
	return l
}

// link is the bridge's end of one connection.
type link struct {
	t       *testing.T
	conn    zmq.Conn
	session *core.Session
	start   time.Time
	frames  []core.Frame
}

func (l *link) now() time.Duration { return time.Since(l.start) }

// next reads the next frame of the client.
func (l *link) next() core.Frame {
	l.t.Helper()
	for len(l.frames) == 0 {
		batch, err := l.conn.Read(context.Background())
		if err != nil {
			l.t.Fatal("the client's end:", err)
		}
		err = l.session.Feed(batch, l.now(), func(f *core.Frame) error {
			l.frames = append(l.frames, *f)
			return nil
		})
		if err != nil {
			l.t.Fatal("what the client sent:", err)
		}
	}
	f := l.frames[0]
	l.frames = l.frames[1:]
	return f
}

// expect reads the next frame, which has to be of this kind.
func (l *link) expect(kind core.Kind) core.Frame {
	l.t.Helper()
	f := l.next()
	if f.Kind != kind {
		l.t.Fatalf("the client sent %v, want %v", f.Kind, kind)
	}
	return f
}

// message reads the next frame, which has to be of this kind, and returns it and its parts as text.
func (l *link) message(kind core.Kind) (core.Frame, []string) {
	l.t.Helper()
	f := l.expect(kind)
	parts, err := f.Body.Parts(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return f, words(parts)
}

// open reads an Open and answers it with Opened.
func (l *link) open() core.Frame {
	l.t.Helper()
	f := l.expect(core.KindOpen)
	l.send(core.Frame{Kind: core.KindOpened, Socket: f.Socket, ID: f.ID})
	return f
}

// grant sends a socket credit, so that it can send messages.
func (l *link) grant(socket uint32, messages, bytes uint64) {
	l.t.Helper()
	l.send(core.Frame{Kind: core.KindCredit, Socket: socket, Messages: messages, Bytes: bytes})
}

// send writes frames to the client, in one WebSocket message.
func (l *link) send(frames ...core.Frame) {
	l.t.Helper()
	for _, f := range frames {
		if err := l.session.Append(&f); err != nil {
			l.t.Fatal(err)
		}
	}
	l.flush()
}

func (l *link) flush() {
	l.t.Helper()
	if err := l.conn.Write(context.Background(), l.session.Take(nil, l.now())); err != nil {
		l.t.Fatal(err)
	}
}

// closed reads until the client has ended the connection, and returns the close code.
func (l *link) closed() core.CloseCode {
	l.t.Helper()
	for {
		_, err := l.conn.Read(context.Background())
		var closed *core.CloseError
		if errors.As(err, &closed) {
			return closed.Close
		}
		if err != nil {
			l.t.Fatal("the client dropped the connection:", err)
		}
	}
}

func text(parts ...string) core.Message {
	m := make(core.Message, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}

func words(m core.Message) []string {
	parts := make([]string, len(m))
	for i, p := range m {
		parts[i] = string(p)
	}
	return parts
}

func wantWords(t *testing.T, got core.Message, want ...string) {
	t.Helper()
	if !slices.Equal(words(got), want) {
		t.Errorf("got %q, want %q", words(got), want)
	}
}

func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

// must ends the test if there is an error. It is for calls that cannot fail where they stand.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outcome is how a request ended.
type outcome struct {
	reply zmq.Message
	err   error
}

// request sends a request in a goroutine of its own, which ends with the request.
func request(ctx context.Context, s *zmq.Socket, parts ...string) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		reply, err := s.Request(ctx, text(parts...)...)
		done <- outcome{reply, err}
	}()
	return done
}
