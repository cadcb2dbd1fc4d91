package stream

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// Options of a server of streams; the zero value works.
type Options struct {
	PerClient int           // streams and calls that one client may have open; default 64
	Total     int           // streams and calls that may be open; default 1000
	Silence   time.Duration // a stream for which nothing was granted for so long ends; default 90 s
}

func (o Options) withDefaults() Options {
	setDefault(&o.PerClient, 64)
	setDefault(&o.Total, 1000)
	setDefault(&o.Silence, 90*time.Second)
	return o
}

// Handler has the functions that are called.
type Handler interface {
	// Handle answers a call that is no stream.
	Handle(ctx context.Context, request []byte) (reply []byte)
	// Stream yields the items of a stream as JSON. An error is the last thing that it yields.
	Stream(ctx context.Context, call rpc.Call) iter.Seq2[[]byte, error]
}

// server is what is open at a ROUTER.
type server struct {
	conn    Conn
	handler Handler
	opts    Options
	turn    turn
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	streams map[string]*served
	clients map[string]int // how many streams and calls each client has open
	open    int
}

// served is an open stream. The lock of its server guards credit.
type served struct {
	envelope core.Message
	stop     context.CancelCauseFunc
	silence  *time.Timer
	credit   int
	granted  chan struct{} // has room for one: there is credit again
}

var (
	errCanceled = errors.New("the client has canceled the stream")
	errSilence  = core.NewError(core.Timeout, "the client has granted nothing for too long")
)

// Serve answers what arrives at a ROUTER, until ctx ends or nothing more comes. It returns when all functions have returned.
func Serve(ctx context.Context, conn Conn, handler Handler, opts Options) error {
	s := &server{conn: conn, handler: handler, opts: opts.withDefaults(), turn: newTurn(),
		streams: map[string]*served{}, clients: map[string]int{}}
	ctx, stop := context.WithCancel(ctx)
	defer s.running.Wait()
	defer stop()
	for {
		m, err := conn.Recv(ctx)
		var interrupted *Interruption
		switch {
		case err == nil:
			s.receive(ctx, m)
		case !errors.As(err, &interrupted):
			return err
		}
	}
}

// receive takes a message. What is none of a client of RPC is ignored, because there is nobody to tell.
func (s *server) receive(ctx context.Context, m core.Message) {
	envelope, text, ok := split(m)
	if !ok {
		return
	}
	if _, err := rpc.ParseCall(text); err == nil {
		s.call(ctx, envelope, text)
		return
	}
	call, err := rpc.ParseStreamCall(text)
	switch {
	case err != nil:
		s.call(ctx, envelope, text) // Handle answers what is wrong
	case len(call.Func) > 0:
		s.begin(ctx, envelope, call)
	case call.Cancel:
		s.cancel(envelope)
	default:
		s.grant(ctx, envelope, call.Credit)
	}
}

// call answers a call that is no stream.
func (s *server) call(ctx context.Context, envelope core.Message, text []byte) {
	if !s.admit(envelope) {
		s.answer(ctx, envelope, rpc.AppendReturnError(nil, s.busy()))
		return
	}
	s.running.Go(func() {
		defer s.leave(envelope)
		s.answer(ctx, envelope, s.handler.Handle(ctx, text))
	})
}

// begin begins a stream.
func (s *server) begin(ctx context.Context, envelope core.Message, call rpc.StreamCall) {
	key := keyOf(envelope)
	if s.find(key) != nil {
		s.answer(ctx, envelope, rpc.AppendEnd(nil, core.Conflict, "there is a stream with this id", ""))
		return
	}
	if !s.admit(envelope) {
		s.answer(ctx, envelope, rpc.AppendEnd(nil, core.Busy, s.busy(), ""))
		return
	}
	ctx, stop := context.WithCancelCause(ctx)
	st := &served{envelope: envelope, stop: stop, credit: call.Credit, granted: make(chan struct{}, 1)}
	st.silence = time.AfterFunc(s.opts.Silence, func() { stop(errSilence) })
	s.mu.Lock()
	s.streams[key] = st
	s.mu.Unlock()
	s.running.Go(func() {
		end := s.run(ctx, st, call.Call)
		st.silence.Stop()
		s.mu.Lock()
		delete(s.streams, key)
		s.mu.Unlock()
		s.leave(envelope)
		if end != nil {
			s.answer(context.WithoutCancel(ctx), envelope, end)
		}
		stop(nil)
	})
}

// run sends the items of a stream as long as there is credit, and returns what is to be said at its end; nil is nothing.
func (s *server) run(ctx context.Context, st *served, call rpc.Call) (end []byte) {
	for item, err := range s.handler.Stream(ctx, call) {
		if err == nil {
			err = s.send(ctx, st, item)
		}
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if err != nil {
			return farewell(err)
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		return farewell(cause)
	}
	return rpc.AppendEnd(nil, core.OK, "", "")
}

// farewell is the end of a stream that did not end as it should.
func farewell(err error) []byte {
	if err == errCanceled {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return rpc.AppendEnd(nil, core.Lost, "the server has ended", "")
	}
	code, text, errorType := rpc.Told(err)
	return rpc.AppendEnd(nil, code, text, errorType)
}

// send sends an item as soon as there is credit.
func (s *server) send(ctx context.Context, st *served, item []byte) error {
	text, err := rpc.AppendItem(nil, item)
	if err != nil {
		return err
	}
	for !s.take(st) {
		select {
		case <-st.granted:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return s.turn.send(ctx, s.conn, append(st.envelope, text))
}

// take takes credit for one item, if there is any.
func (s *server) take(st *served) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.credit == 0 {
		return false
	}
	st.credit--
	return true
}

// grant adds credit to a stream. Whoever grants none asks whether the stream is still there.
func (s *server) grant(ctx context.Context, envelope core.Message, credit int) {
	s.mu.Lock()
	st := s.streams[keyOf(envelope)]
	if st != nil {
		st.credit = min(st.credit+credit, most)
		st.silence.Reset(s.opts.Silence)
	}
	s.mu.Unlock()
	switch {
	case st == nil:
		s.answer(ctx, envelope, rpc.AppendEnd(nil, core.Lost, "there is no such stream", ""))
	case credit == 0:
		s.answer(ctx, envelope, rpc.AppendCredit(nil, 0))
	default:
		select {
		case st.granted <- struct{}{}:
		default:
		}
	}
}

// most is the credit that a stream has at most. More is as good as no bound.
const most = 1 << 20

func (s *server) cancel(envelope core.Message) {
	if st := s.find(keyOf(envelope)); st != nil {
		st.stop(errCanceled)
	}
}

func (s *server) find(key string) *served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[key]
}

// answer sends a text to a client. A client that is gone does not get it.
func (s *server) answer(ctx context.Context, envelope core.Message, text []byte) {
	ctx, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	s.turn.send(ctx, s.conn, append(envelope, text))
}

// answerTime is how long an answer may take to be sent. A ROUTER takes it at once, or drops it.
const answerTime = 5 * time.Second

// admit makes room for a stream or a call of a client, if there is any.
func (s *server) admit(envelope core.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	client := string(envelope[0])
	if s.open >= s.opts.Total || s.clients[client] >= s.opts.PerClient {
		return false
	}
	s.open++
	s.clients[client]++
	return true
}

// leave takes back admit.
func (s *server) leave(envelope core.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client := string(envelope[0])
	s.open--
	if s.clients[client]--; s.clients[client] == 0 {
		delete(s.clients, client)
	}
}

func (s *server) busy() string {
	return "too many streams and calls are open: " + strconv.Itoa(s.opts.PerClient) + " of a client, " +
		strconv.Itoa(s.opts.Total) + " of all may be"
}

// keyOf makes a string of an envelope, which no other envelope has.
func keyOf(envelope core.Message) string {
	var key strings.Builder
	for _, part := range envelope {
		key.WriteString(strconv.Itoa(len(part)))
		key.WriteByte(':')
		key.Write(part)
	}
	return key.String()
}
