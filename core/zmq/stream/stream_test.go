package stream

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// pipe is one end of a connection between a DEALER and a ROUTER, on which nothing is lost.
type pipe struct {
	in, out  chan core.Message
	identity string       // of the DEALER; only the ROUTER's end has it
	mute     *atomic.Bool // what is sent here goes nowhere
	errs     chan error   // what Recv returns beside messages
}

func newPipe() (dealer, router *pipe) {
	there, back := make(chan core.Message, 10_000), make(chan core.Message, 10_000)
	dealer = &pipe{in: back, out: there, mute: &atomic.Bool{}, errs: make(chan error, 1)}
	router = &pipe{in: there, out: back, identity: "page", mute: &atomic.Bool{}, errs: make(chan error, 1)}
	return dealer, router
}

func (p *pipe) Send(ctx context.Context, parts ...[]byte) error {
	if p.mute.Load() {
		return nil
	}
	if p.identity != "" {
		parts = parts[1:]
	}
	select {
	case p.out <- core.Message(parts).Clone():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pipe) Recv(ctx context.Context) (core.Message, error) {
	select {
	case m := <-p.in:
		if p.identity != "" {
			m = append(core.Message{[]byte(p.identity)}, m...)
		}
		return m, nil
	case err := <-p.errs:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// functions is a Handler. It streams numbers, and notes how many it has made, and how each stream ended.
type functions struct {
	made  atomic.Int64
	ended chan error
}

func newFunctions() *functions { return &functions{ended: make(chan error, 100)} }

func (f *functions) Handle(_ context.Context, request []byte) []byte {
	call, err := rpc.ParseCall(request)
	if err != nil {
		return rpc.AppendReturnError(nil, err.Error())
	}
	reply, _ := rpc.AppendReturn(nil, call.Args)
	return reply
}

func (f *functions) Stream(ctx context.Context, call rpc.Call) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		switch name := string(call.Func); name {
		case "forever", "three":
			for i := 0; name == "forever" || i < 3; i++ {
				f.made.Add(1)
				if !yield([]byte(strconv.Itoa(i)), nil) {
					break
				}
			}
		case "quiet":
			<-ctx.Done()
		default:
			yield(nil, &rpc.CallError{Text: "no " + name, Type: "KeyError"})
		}
		f.ended <- context.Cause(ctx)
	}
}

// world is a client and a server, which are connected.
type world struct {
	*functions
	t              *testing.T
	client         *Client
	dealer, router *pipe
}

// inWorld runs a test on a clock of its own.
func inWorld(t *testing.T, opts Options, clientOpts ClientOptions, test func(*testing.T, *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{functions: newFunctions(), t: t}
		w.dealer, w.router = newPipe()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- Serve(ctx, w.router, w.functions, opts) }()
		w.client = NewClient(w.dealer, clientOpts)
		test(t, w)
		w.client.Close()
		stop()
		<-served
	})
}

// begin begins a stream that a goroutine reads, and waits until everything is quiet. The channel has its error.
func (w *world) begin(ctx context.Context, fn string) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- read(w.client.Stream(ctx, fn, nil, nil)) }()
	synctest.Wait()
	return ended
}

func read(items iter.Seq2[[]byte, error]) (last error) {
	for _, err := range items {
		last = err
	}
	return last
}

func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestItemsComeInOrder(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		var got []string
		for item, err := range w.client.Stream(t.Context(), "three", []byte(`["log"]`), nil) {
			got = append(got, string(item))
			wantCode(t, err, core.OK)
		}
		if strings.Join(got, " ") != "0 1 2" {
			t.Errorf("got %q", got)
		}
	})
}

func TestSlowLoopStopsTheFunction(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{Credit: 8}, func(t *testing.T, w *world) {
		used := 0
		for item, err := range w.client.Stream(t.Context(), "forever", nil, nil) {
			if err != nil || string(item) != strconv.Itoa(used) {
				t.Fatalf("got %s, %v", item, err)
			}
			used++
			synctest.Wait()
			if ahead := int(w.made.Load()) - used; ahead > 8+1 { // one is made and waits for credit
				t.Fatalf("%d items are ahead of the loop", ahead)
			}
			if used == 1000 {
				break
			}
		}
		if cause := <-w.ended; cause != errCanceled {
			t.Errorf("the function ended for %v", cause)
		}
	})
}

func TestLeavingCancels(t *testing.T) {
	for name, leave := range map[string]func(w *world){
		"the context ends": func(w *world) {
			ctx, stop := context.WithCancel(w.t.Context())
			ended := w.begin(ctx, "quiet")
			stop()
			wantCode(w.t, <-ended, core.Canceled)
		},
		"the deadline passes": func(w *world) {
			ctx, stop := context.WithTimeout(w.t.Context(), time.Second)
			defer stop()
			wantCode(w.t, <-w.begin(ctx, "quiet"), core.Timeout)
		},
		"the client is closed": func(w *world) {
			ended := w.begin(w.t.Context(), "quiet")
			w.client.Close()
			wantCode(w.t, <-ended, core.Closed)
			wantCode(w.t, read(w.client.Stream(w.t.Context(), "three", nil, nil)), core.Closed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
				w.t = t
				leave(w)
				if cause := <-w.ended; cause != errCanceled {
					t.Errorf("the function ended for %v", cause)
				}
			})
		})
	}
}

func TestErrorOfAFunction(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		var failed *rpc.CallError
		if err := read(w.client.Stream(t.Context(), "nope", nil, nil)); !errors.As(err, &failed) ||
			*failed != (rpc.CallError{Code: core.Failed, Text: "no nope", Type: "KeyError"}) {
			t.Errorf("got %v", err)
		}
		wantCode(t, read(w.client.Stream(t.Context(), "", nil, nil)), core.Invalid)
	})
}

func TestCallsGoTheSameWay(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		call, _ := rpc.AppendCall(nil, "echo", []byte(`[1]`), nil)
		reply, err := w.client.Request(t.Context(), call)
		if err != nil || string(reply[0]) != `{"returnval":[1]}` {
			t.Errorf("got %s, %v", reply, err)
		}
		w.router.mute.Store(true)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err = w.client.Request(ctx, call)
		wantCode(t, err, core.Timeout)
	})
}

func TestServerWithoutStreams(t *testing.T) {
	for name, answer := range map[string]string{
		"a REP":   `{"status":"error","error_msg":"the RPC call has no function name"}`,
		"an echo": `{"stream":"three","args":[],"credit":64}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dealer, router := newPipe()
				client := NewClient(dealer, ClientOptions{})
				defer client.Close()
				go func() {
					m, _ := router.Recv(t.Context())
					router.Send(t.Context(), append(m[:3:3], []byte(answer))...)
				}()
				wantCode(t, read(client.Stream(t.Context(), "three", nil, nil)), core.Unsupported)
			})
		})
	}
}

// Whoever cannot hear the other end any more gives up after a while, whichever end that is.
func TestSilence(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		ended := w.begin(t.Context(), "quiet")
		time.Sleep(time.Hour)
		if len(ended)+len(w.ended) > 0 {
			t.Fatal("a quiet stream has ended")
		}
		w.dealer.mute.Store(true) // the server does not hear it
		from := time.Now()
		wantCode(t, <-w.ended, core.Timeout)
		if took := time.Since(from); took > 91*time.Second || took < 74*time.Second {
			t.Errorf("the server noticed after %v", took)
		}
		wantCode(t, <-ended, core.Timeout)
	})
}

func TestServerThatHangs(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		ended := w.begin(t.Context(), "quiet")
		w.router.mute.Store(true)
		from := time.Now()
		wantCode(t, <-ended, core.Timeout)
		if took := time.Since(from); took > time.Minute {
			t.Errorf("the client noticed after %v", took)
		}
	})
}

// A server that has begun anew knows nothing of the streams of the one before it.
func TestServerThatBegunAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dealer, router := newPipe()
		client := NewClient(dealer, ClientOptions{})
		defer client.Close()
		go func() {
			router.Recv(t.Context()) // dies with it
			Serve(t.Context(), router, newFunctions(), Options{})
		}()
		wantCode(t, read(client.Stream(t.Context(), "quiet", nil, nil)), core.Lost)
	})
}

func TestBackendThatGoesAway(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		ended := w.begin(t.Context(), "quiet")
		w.dealer.errs <- &Interruption{Err: core.NewError(core.Lost, "it went away")}
		wantCode(t, <-ended, core.Lost)
		wantCode(t, read(w.client.Stream(t.Context(), "three", nil, nil)), core.OK)
	})
}

// A message that was refused may have begun any of the streams of which nothing was heard yet.
func TestMessageThatIsRefused(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{Renewal: time.Second}, func(t *testing.T, w *world) {
		begun := w.begin(t.Context(), "quiet")
		time.Sleep(time.Minute)
		w.dealer.mute.Store(true)
		other := w.begin(t.Context(), "three")
		w.dealer.errs <- &Interruption{Err: core.NewError(core.Denied, "not here"), Unsent: true}
		wantCode(t, <-other, core.Denied)
		synctest.Wait()
		if len(begun) > 0 {
			t.Errorf("the other stream has ended: %v", <-begun)
		}
	})
}

func TestBounds(t *testing.T) {
	for name, test := range map[string]struct {
		opts   Options
		client ClientOptions
	}{
		"of a client":        {Options{PerClient: 2}, ClientOptions{}},
		"of all":             {Options{Total: 2}, ClientOptions{}},
		"of the client here": {Options{}, ClientOptions{Streams: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, test.opts, test.client, func(t *testing.T, w *world) {
				ctx, stop := context.WithCancel(t.Context())
				first, second := w.begin(ctx, "quiet"), w.begin(ctx, "quiet")
				wantCode(t, read(w.client.Stream(ctx, "three", nil, nil)), core.Busy)
				stop()
				<-first
				<-second
				synctest.Wait()
				wantCode(t, read(w.client.Stream(t.Context(), "three", nil, nil)), core.OK)
			})
		})
	}
}

// A server that sends what was not granted is told to stop.
func TestMoreItemsThanGranted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dealer, router := newPipe()
		client := NewClient(dealer, ClientOptions{Credit: 2})
		defer client.Close()
		told := make(chan string, 10)
		go func() {
			m, _ := router.Recv(t.Context())
			for range 4 {
				router.Send(t.Context(), append(m[:3:3], []byte(`{"item":1}`))...)
			}
			for range 2 {
				m, _ := router.Recv(t.Context())
				told <- string(m[3])
			}
		}()
		for _, err := range client.Stream(t.Context(), "three", nil, nil) {
			synctest.Wait()
			if err != nil {
				wantCode(t, err, core.Protocol)
			}
		}
		if got := <-told; got != `{"cancel":true}` {
			t.Errorf("the server was told %s", got)
		}
	})
}

func TestServerIgnoresWhatIsNoCall(t *testing.T) {
	inWorld(t, Options{}, ClientOptions{}, func(t *testing.T, w *world) {
		for _, m := range []core.Message{{}, {{}}, {[]byte("x")}, {[]byte("x"), {}}, {{}, []byte("x")}} {
			w.dealer.Send(t.Context(), m...)
		}
		for _, text := range []string{`{"cancel":true}`, `{"credit":-1}`, `{`} {
			w.dealer.Send(t.Context(), []byte("id"), nil, []byte(text))
		}
		wantCode(t, read(w.client.Stream(t.Context(), "three", nil, nil)), core.OK)
	})
}

func TestIDThatIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dealer, router := newPipe()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- Serve(ctx, router, newFunctions(), Options{}) }()
		for range 2 {
			dealer.Send(ctx, []byte("id"), nil, []byte(`{"stream":"quiet","credit":1}`))
		}
		m, _ := dealer.Recv(ctx)
		if answer, _ := rpc.ParseStreamAnswer(m[2]); core.CodeOf(answer.Err) != core.Conflict {
			t.Errorf("got %s", m)
		}
		stop()
		<-served
		if m, _ = dealer.Recv(t.Context()); string(m[2]) != `{"end":"lost","error_msg":"the server has ended"}` {
			t.Errorf("got %s", m)
		}
	})
}
