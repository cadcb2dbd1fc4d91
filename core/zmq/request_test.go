package zmq_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// connected makes a socket of this type that the bridge has opened.
func connected(t *testing.T, typ zmq.SocketType, opts zmq.Options) (*zmq.Context, *zmq.Socket, *link) {
	t.Helper()
	b := newBridge(t)
	c := b.context(opts)
	s := c.Socket(typ)
	must(t, s.Connect("tcp://127.0.0.1:1", nil))
	l := b.welcome()
	l.open()
	return c, s, l
}

func TestRepliesFindTheirRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, req, l := connected(t, zmq.REQ, zmq.Options{})
		const n = 1000
		var asked [n]<-chan outcome
		for i := range asked {
			asked[i] = request(t.Context(), req, fmt.Sprint(i))
		}
		var replies []core.Frame
		for range asked {
			f, parts := l.message(core.KindRequest)
			replies = append(replies, core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("to " + parts[0])})
		}
		for i := len(replies) - 1; i >= 0; i-- {
			l.send(replies[i])
		}
		for i := range asked {
			got := <-asked[i]
			must(t, got.err)
			wantWords(t, got.reply, fmt.Sprint("to ", i))
		}
	})
}

func TestTimeouts(t *testing.T) {
	for name, tt := range map[string]struct {
		opts  zmq.Options
		own   zmq.SocketOptions
		ctx   time.Duration
		want  time.Duration
		itIsC bool // it is the error of the context
	}{
		"default":                     {want: 30 * time.Second},
		"of the Context":              {opts: zmq.Options{RequestTimeout: 7 * time.Second}, want: 7 * time.Second},
		"of the socket":               {opts: zmq.Options{RequestTimeout: 7 * time.Second}, own: zmq.SocketOptions{RequestTimeout: time.Second}, want: time.Second},
		"of the request":              {ctx: 3 * time.Second, want: 3 * time.Second, itIsC: true},
		"of the request, a long one":  {ctx: 10 * time.Minute, want: 10 * time.Minute, itIsC: true},
		"of the request, a brief one": {ctx: time.Millisecond, want: time.Millisecond, itIsC: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBridge(t)
				c := b.context(tt.opts)
				req := c.SocketWith(zmq.REQ, tt.own)
				must(t, req.Connect("tcp://127.0.0.1:1", nil))
				l := b.welcome()
				l.open()
				ctx := t.Context()
				if tt.ctx > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.ctx)
					defer cancel()
				}
				start := time.Now()
				asked := request(ctx, req, "?")
				f := l.expect(core.KindRequest)
				if told := time.Duration(f.Millis) * time.Millisecond; told < tt.want || told > tt.want+100*time.Millisecond {
					t.Errorf("the bridge is told %v, want %v", told, tt.want)
				}
				stay := keepAlive(l)
				got := <-asked
				stay()
				wantCode(t, got.err, core.Timeout)
				if errors.Is(got.err, context.DeadlineExceeded) != tt.itIsC {
					t.Errorf("the error is %v", got.err)
				}
				if took := time.Since(start); took != tt.want {
					t.Errorf("took %v, want %v", took, tt.want)
				}
			})
		})
	}
}

// keepAlive pings the client until stop is called, because the client would take a silent bridge for dead. It also reads what
// the client sends, and answers its Pings.
func keepAlive(l *link) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		read := make(chan []byte)
		go func() {
			defer close(read)
			for {
				batch, err := l.conn.Read(ctx)
				if err != nil {
					return
				}
				read <- batch
			}
		}()
		for tick := time.NewTicker(10 * time.Second); ; {
			select {
			case batch, ok := <-read:
				if !ok {
					return
				}
				l.session.Feed(batch, l.now(), func(*core.Frame) error { return nil })
			case <-tick.C:
				l.session.Append(&core.Frame{Kind: core.KindPing})
			}
			if l.session.Ready() {
				l.conn.Write(ctx, l.session.Take(nil, l.now()))
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, req, l := connected(t, zmq.REQ, zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		asked := request(ctx, req, "?")
		f := l.expect(core.KindRequest)
		cancel()
		got := <-asked
		wantCode(t, got.err, core.Canceled)
		if !errors.Is(got.err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", got.err)
		}
		if c := l.expect(core.KindCancel); c.ID != f.ID {
			t.Errorf("request %d was canceled, want %d", c.ID, f.ID)
		}
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("too late")})
		got = <-request(ctx, req, "with a context that has ended")
		wantCode(t, got.err, core.Canceled)
		asked = request(t.Context(), req, "!")
		f, _ = l.message(core.KindRequest)
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("in time")})
		wantWords(t, (<-asked).reply, "in time")
	})
}

func TestRefusedEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		req := c.Socket(zmq.REQ)
		must(t, req.Connect("tcp://10.0.0.1:1", nil))
		before := request(t.Context(), req, "before")
		l := b.welcome()
		f := l.expect(core.KindOpen)
		l.send(core.Frame{Kind: core.KindRefused, Socket: f.Socket, ID: f.ID, Code: core.Denied, Text: []byte("not yours")})
		for name, err := range map[string]error{
			"the request under way": (<-before).err,
			"Ready":                 req.Ready(t.Context()),
			"the next request":      (<-request(t.Context(), req, "after")).err,
		} {
			var e *zmq.Error
			if !errors.As(err, &e) || *e != (zmq.Error{Code: core.Denied, Text: "not yours", Remote: true}) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		sub := c.Socket(zmq.SUB)
		wantCode(t, sub.Ready(t.Context()), core.Invalid) // not connected to anything
		must(t, sub.Connect("a", nil))
		must(t, sub.Connect("b", nil))
		must(t, sub.Subscribe("x"))

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		l := b.welcome()
		l.expect(core.KindOpen)
		l.expect(core.KindOpen)
		l.expect(core.KindSubscribe)
		l.send(core.Frame{Kind: core.KindOpened, Socket: 1, ID: 1},
			core.Frame{Kind: core.KindState, Socket: 1, ID: 2, Code: core.Unavailable, Text: []byte("connection refused")})
		err := sub.Ready(short)
		wantCode(t, err, core.Timeout)
		if want := "timeout: context deadline exceeded: b: unavailable: connection refused"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}

		ready := make(chan error, 1)
		go func() { ready <- sub.Ready(t.Context()) }()
		for _, f := range []core.Frame{
			{Kind: core.KindOpened, Socket: 1, ID: 2},
			{Kind: core.KindSubscribed, Socket: 1, ID: 1},
		} {
			synctest.Wait()
			select {
			case err := <-ready:
				t.Fatalf("ready before %v: %v", f.Kind, err)
			default:
			}
			l.send(f)
		}
		must(t, <-ready)
		l.conn.Drop()
		synctest.Wait()
		ended, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		wantCode(t, sub.Ready(ended), core.Timeout)
	})
}

func TestWrongUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, req, _ := connected(t, zmq.REQ, zmq.Options{})
		sub := c.Socket(zmq.SUB)
		ctx := t.Context()
		recv := func(s *zmq.Socket) error { _, err := s.Recv(ctx); return err }
		ask := func(s *zmq.Socket, parts ...[]byte) error { _, err := s.Request(ctx, parts...); return err }
		for name, tt := range map[string]struct {
			err  error
			want core.Code
		}{
			"request without parts":          {ask(req), core.Invalid},
			"request with too many":          {ask(req, make([][]byte, 1025)...), core.TooLarge},
			"request on SUB":                 {ask(sub, []byte("x")), core.Invalid},
			"send on REQ":                    {req.Send(ctx, []byte("x")), core.Invalid},
			"subscribe on REQ":               {req.Subscribe(""), core.Invalid},
			"receive on REQ":                 {recv(req), core.Invalid},
			"serve on REQ":                   {req.Serve(ctx, nil), core.Invalid},
			"unknown subscription":           {sub.Unsubscribe("x"), core.Invalid},
			"unknown socket type":            {c.Socket(99).Connect("x", nil), core.Invalid},
			"identity too long":              {c.SocketWith(zmq.REP, zmq.SocketOptions{Identity: string(make([]byte, 256))}).Bind("x", nil), core.Invalid},
			"parameters that are no object":  {sub.Connect("x", "hugo"), core.Invalid},
			"parameters without JSON":        {sub.Connect("x", map[string]any{"f": func() {}}), core.Invalid},
			"parameters beyond their limit":  {sub.Connect("x", map[string]any{"a": string(make([]byte, 1<<16))}), core.TooLarge},
			"address beyond its limit":       {sub.Connect(string(make([]byte, 5000)), nil), core.Invalid},
			"subscription beyond its limit":  {sub.Subscribe(string(make([]byte, 5000))), core.TooLarge},
			"message beyond the bridge's":    {ask(req, make([]byte, core.DefaultMaxMessage+1)), core.TooLarge},
			"receive on a socket to nowhere": {func() error { s := c.Socket(zmq.PULL); s.Close(); return recv(s) }(), core.Closed},
		} {
			if got := core.CodeOf(tt.err); got != tt.want {
				t.Errorf("%s: got %v, want %v", name, tt.err, tt.want)
			}
		}
	})
}

func TestClosedSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, req, l := connected(t, zmq.REQ, zmq.Options{})
		other := c.Socket(zmq.REQ)
		must(t, other.Connect("tcp://127.0.0.1:2", nil))
		l.open()
		pending, others := request(t.Context(), req, "?"), request(t.Context(), other, "?")
		l.expect(core.KindRequest)
		l.expect(core.KindRequest)
		req.Close()
		req.Close()
		wantCode(t, (<-pending).err, core.Closed)
		wantCode(t, (<-request(t.Context(), req, "?")).err, core.Closed)
		wantCode(t, req.Ready(t.Context()), core.Closed)
		if f := l.expect(core.KindClose); f.Socket != 1 {
			t.Errorf("socket %d was closed", f.Socket)
		}
		l.send(core.Frame{Kind: core.KindClosed, Socket: 2, Code: core.Busy, Text: []byte("too many")})
		wantCode(t, (<-others).err, core.Busy)
		wantCode(t, other.Connect("x", nil), core.Busy)
	})
}

// TestRequestsWaitForRoom checks that what waits for the connection to take it is bounded, however many requests there are.
func TestRequestsWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, req, l := connected(t, zmq.REQ, zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		body := string(make([]byte, 1<<20))
		var asked []<-chan outcome
		for range 10 {
			asked = append(asked, request(ctx, req, body))
		}
		synctest.Wait()
		for range asked { // they go out as the bridge reads
			f := l.expect(core.KindRequest)
			l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("")})
		}
		for _, a := range asked {
			must(t, (<-a).err)
		}
	})
}

// TestRequestsWithoutAConnectionAreBounded checks that a request above the limit fails at once, and not at its deadline.
func TestRequestsWithoutAConnectionAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.away.Store(true)
		c := b.context(zmq.Options{HWM: 2})
		req := c.Socket(zmq.REQ)
		must(t, req.Connect("service", nil))
		first, second := request(t.Context(), req, "1"), request(t.Context(), req, "2")
		synctest.Wait()
		wantCode(t, (<-request(t.Context(), req, "3")).err, core.Busy)
		for _, pending := range []<-chan outcome{first, second} { // they were never sent
			got := <-pending
			wantCode(t, got.err, core.Unavailable)
			if want := "connection refused"; !strings.Contains(fmt.Sprint(got.err), want) {
				t.Errorf("%v does not say %q", got.err, want)
			}
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := req.Request(short, []byte("4"))
		wantCode(t, err, core.Unavailable)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is not the error of the context", err)
		}
	})
}

// TestRequestOfASocketThatIsConnectedToNothing: the connection to the bridge is not to blame.
func TestRequestOfASocketThatIsConnectedToNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, req, l := connected(t, zmq.REQ, zmq.Options{})
		left := make(chan error, 1)
		go func() { left <- req.Disconnect(t.Context(), "tcp://127.0.0.1:1") }()
		f := l.expect(core.KindDisconnect)
		l.send(core.Frame{Kind: core.KindDisconnected, Socket: f.Socket, ID: f.ID})
		must(t, <-left)
		for name, s := range map[string]*zmq.Socket{"disconnected": req, "never connected": c.Socket(zmq.REQ)} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := s.Request(ctx, []byte("x"))
			cancel()
			wantCode(t, err, core.Unavailable)
			if want := "the socket is connected to nothing"; !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%s: %v does not say %q", name, err, want)
			}
		}
	})
}
