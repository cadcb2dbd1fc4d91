package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// shelf is a Depot in memory.
type shelf struct {
	mu    sync.Mutex
	left  map[string]*item
	late  map[string]func() // who is to be told should something be left there
	fails bool              // nothing can be left
	taken atomic.Int64
}

type item struct {
	parcel []byte
	taken  bool
}

func (s *shelf) Ready() bool {
	return true
}

func (s *shelf) Put(_ context.Context, places []string, parcel []byte) error {
	s.mu.Lock()
	if s.fails {
		s.mu.Unlock()
		return core.NewError(core.Unavailable, "the depot is away")
	}
	if s.left == nil {
		s.left = map[string]*item{}
	}
	l := &item{parcel: slices.Clone(parcel)}
	var late []func()
	for _, place := range places {
		s.left[place] = l
		if told := s.late[place]; told != nil {
			late = append(late, told)
		}
	}
	s.mu.Unlock()
	for _, told := range late {
		told()
	}
	return nil
}

func (s *shelf) Get(_ context.Context, place string) ([]byte, func(context.Context) error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.left[place]
	if l == nil || l.taken {
		return nil, nil, core.NewError(core.Lost, "nothing is there")
	}
	return l.parcel, func(context.Context) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if l.taken {
			return core.NewError(core.Lost, "it was taken")
		}
		l.taken = true
		s.taken.Add(1)
		return nil
	}, nil
}

// balancer sends WebSockets to one bridge, and those of before keep theirs.
type balancer struct{ to atomic.Pointer[Bridge] }

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.to.Load().ServeHTTP(w, r) }

// row is bridges that come one after the other, behind one address.
type row struct {
	t     *testing.T
	cfg   func(n int) Config
	front balancer
	url   string
	count int
	all   []*Bridge
}

func startRow(t *testing.T, cfg func(n int) Config) *row {
	r := &row{t: t, cfg: cfg}
	r.next()
	web := httptest.NewServer(&r.front)
	t.Cleanup(web.Close)
	t.Cleanup(func() {
		for _, b := range r.all {
			b.Close()
		}
	})
	r.url = "ws" + strings.TrimPrefix(web.URL, "http")
	return r
}

// next has another bridge take the place of the present one, which drains.
func (r *row) next() (before *Bridge) {
	b := New(allowAll(r.cfg(r.count)))
	r.count++
	r.all = append(r.all, b)
	before = r.front.to.Swap(b)
	if before != nil {
		ctx, cancel := context.WithTimeout(r.t.Context(), patience)
		defer cancel()
		if err := before.Drain(ctx, patience); err != nil {
			r.t.Errorf("drained: %v", err)
		}
		before.Close()
	}
	return before
}

// diary is what the events of a client were.
type diary struct {
	mu    sync.Mutex
	kinds map[zmq.EventKind]int
}

func keepDiary(t *testing.T, c *zmq.Context) *diary {
	d := &diary{kinds: map[zmq.EventKind]int{}}
	var done sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	done.Go(func() {
		for e := range c.Events(ctx) {
			d.mu.Lock()
			d.kinds[e.Kind]++
			d.mu.Unlock()
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	return d
}

func (d *diary) count(k zmq.EventKind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kinds[k]
}

// TestSessionsGoToTheNextBridge: a page with sockets of all types goes on at another bridge, several times, under traffic: nothing is
// lost or doubled that it is not told.
func TestSessionsGoToTheNextBridge(t *testing.T) {
	ports := []string{"tcp://127.0.0.1:" + strconv.Itoa(freePort(t)), "tcp://127.0.0.1:" + strconv.Itoa(freePort(t))}
	backends := start(t, patience, append([]string{"testdata/ledger.py"}, ports...)...)
	var at map[string]string
	if err := json.Unmarshal([]byte(backends.line()), &at); err != nil {
		t.Fatal(err)
	}
	depot := &shelf{}
	r := startRow(t, func(n int) Config {
		cfg := Config{Depot: depot, Named: func(string) (Named, bool) { return Named{Bind: true}, true }}
		cfg.Gateway.Resolve = func(core.Endpoint) (core.Endpoint, error) { return core.ParseEndpoint(ports[n%2]) }
		return cfg
	})
	c, err := zmq.Dial(t.Context(), r.url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	events := keepDiary(t, c)
	p := newTraffic(t, c, at)
	backends.write("begin")
	for range handOvers {
		time.Sleep(300 * time.Millisecond)
		before := r.next()
		if got := before.Stats(); got.MovedOut != 1 {
			t.Errorf("moved out: %d, failed: %d", got.MovedOut, got.MovesFailed)
		}
		waitFor(t, "the session to go on", func() bool { return r.front.to.Load().Stats().MovedIn == 1 })
	}
	time.Sleep(300 * time.Millisecond)
	p.stop()
	backends.write("stop")
	var said said
	if err := json.Unmarshal([]byte(backends.line()), &said); err != nil {
		t.Fatal(err)
	}
	p.check(said)
	if n := events.count(zmq.EventReset); n != 0 {
		t.Errorf("the page was told %d times that its session is gone", n)
	}
	if n := events.count(zmq.EventResumed); n != handOvers {
		t.Errorf("it went on %d times", n)
	}
}

// said is what the backends say in the end.
type said struct {
	Sent             map[string]int
	Pulled, Answered []int
	Repeated         []string
}

// traffic is what goes through a page.
type traffic struct {
	t    *testing.T
	end  context.CancelFunc // of what asks and sends
	all  sync.WaitGroup
	hang context.CancelFunc
	rest sync.WaitGroup

	mu             sync.Mutex
	got            map[string][]int // by socket
	gaps           map[string]int
	asked, replied int
	failed         []error
	pushed, dealt  int
}

func newTraffic(t *testing.T, c *zmq.Context, at map[string]string) *traffic {
	p := &traffic{t: t, got: map[string][]int{}, gaps: map[string]int{}}
	ctx, end := context.WithCancel(t.Context())
	listening, hang := context.WithCancel(t.Context())
	p.end, p.hang = end, hang
	t.Cleanup(func() { end(); hang(); p.all.Wait(); p.rest.Wait() })
	connect := func(s *zmq.Socket, address string) *zmq.Socket {
		if err := s.Connect(address, nil); err != nil {
			t.Fatal(err)
		}
		return s
	}
	sub := c.Socket(zmq.SUB)
	sub.Subscribe("a")
	p.listen(listening, "sub", connect(sub, at["pub"]), 1)
	p.listen(listening, "pull", connect(c.Socket(zmq.PULL), at["push"]), 0)
	dealer := connect(c.SocketWith(zmq.DEALER, zmq.SocketOptions{Identity: "the-page"}), at["room"])
	p.listen(listening, "dealer", dealer, 0)
	rep := connect(c.Socket(zmq.REP), "served")
	p.rest.Go(func() {
		rep.Serve(listening, func(_ context.Context, m zmq.Message) (zmq.Message, error) { return m, nil })
	})
	push := connect(c.Socket(zmq.PUSH), at["pull"])
	p.send(ctx, push, &p.pushed)
	p.send(ctx, dealer, &p.dealt)
	req := connect(c.Socket(zmq.REQ), at["echo"])
	for range 50 {
		p.all.Go(func() { p.ask(ctx, req) })
	}
	return p
}

func (p *traffic) listen(ctx context.Context, name string, s *zmq.Socket, part int) {
	p.rest.Go(func() {
		for m, err := range s.Messages(ctx) {
			p.mu.Lock()
			if err != nil {
				p.gaps[name]++
				p.got[name] = append(p.got[name], 0)
			} else {
				n, _ := strconv.Atoi(string(m[part]))
				p.got[name] = append(p.got[name], n)
			}
			p.mu.Unlock()
		}
	})
}

func (p *traffic) send(ctx context.Context, s *zmq.Socket, count *int) {
	p.all.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			err := s.Send(ctx, []byte(strconv.Itoa(n)))
			p.mu.Lock()
			if err == nil {
				*count = n
			} else if ctx.Err() == nil {
				p.failed = append(p.failed, err)
				n--
			}
			p.mu.Unlock()
			time.Sleep(3 * time.Millisecond)
		}
	})
}

func (p *traffic) ask(ctx context.Context, s *zmq.Socket) {
	for ctx.Err() == nil {
		p.mu.Lock()
		p.asked++
		n := p.asked
		p.mu.Unlock()
		m, err := s.Request(context.WithoutCancel(ctx), []byte(strconv.Itoa(n)))
		p.mu.Lock()
		if err == nil && string(m[0]) != strconv.Itoa(n) {
			err = errors.New("asked " + strconv.Itoa(n) + ", got " + string(m[0]))
		}
		if err != nil {
			p.failed = append(p.failed, err)
		} else {
			p.replied++
		}
		p.mu.Unlock()
	}
}

// stop ends what asks and sends, and waits for the answers.
func (p *traffic) stop() {
	p.end()
	p.all.Wait()
}

// check compares what the page has with what the backends say.
func (p *traffic) check(s said) {
	t := p.t
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Logf("asked %d, pushed %d, dealt %d, published %d, pushed to it %d, called %d; gaps %v", p.asked, p.pushed, p.dealt, s.Sent["pub"], s.Sent["push"], s.Sent["call"], p.gaps)
	for _, err := range p.failed {
		t.Errorf("failed: %v", err)
	}
	if p.asked != p.replied || len(s.Repeated) > 0 {
		t.Errorf("%d answers to %d requests; asked twice: %v", p.replied, p.asked, s.Repeated)
	}
	whole := func(what string, got []int, count int) {
		for i, n := range got {
			if n != i+1 {
				t.Errorf("%s: place %d has %d", what, i+1, n)
				return
			}
		}
		if len(got) != count {
			t.Errorf("%s: %d of %d", what, len(got), count)
		}
	}
	whole("PUSH", s.Pulled, p.pushed)
	told := func(what string, got []int, step, count int) {
		last, unsure := 0, true
		for _, n := range got {
			switch {
			case n == 0:
				unsure = true
				continue
			case n <= last:
				t.Errorf("%s: %d after %d", what, n, last)
			case n != last+step && !unsure:
				t.Errorf("%s: %d after %d, and nobody has said that something is missing", what, n, last)
			}
			last, unsure = n, false
		}
		if last+step <= count {
			t.Errorf("%s: ended with %d of %d", what, last, count)
		}
	}
	told("SUB", p.got["sub"], 2, s.Sent["pub"])
	told("PULL", p.got["pull"], 1, s.Sent["push"])
	told("DEALER", p.got["dealer"], 1, p.dealt)
	slices.Sort(s.Answered)
	t.Logf("answered %d of %d", len(s.Answered), s.Sent["call"])
	if n := len(slices.Compact(slices.Clone(s.Answered))); n != len(s.Answered) || n < s.Sent["call"]/2 {
		t.Errorf("REP: %d answers, %d different ones, to %d calls", len(s.Answered), n, s.Sent["call"])
	}
}

// TestWhoGetsAMovedSession: who has its token, is the same user, and speaks from the same origin; and of two who show the token at once, one.
func TestWhoGetsAMovedSession(t *testing.T) {
	for _, tt := range []struct {
		name, user string
		header     http.Header
		want       core.Code
	}{
		{name: "another user", user: "mallory", want: core.Denied},
		{name: "another origin", user: "anna", header: http.Header{"Origin": {"https://other.example"}}, want: core.Denied},
		{name: "the same", user: "anna", want: core.OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			depot := &shelf{}
			a, urlA := startBridge(t, movable(depot))
			token := left(t, a, urlA, "anna")
			b, urlB := startBridge(t, movable(depot))
			welcome, conn := hello(t, urlB, tt.header, tt.user, token)
			defer conn.Drop()
			if resumed := welcome.Flags&core.FlagResumed != 0; resumed != (tt.want == core.OK) || welcome.Code != tt.want {
				t.Errorf("Welcome %+v", welcome)
			}
			if got := depot.taken.Load() == 1; got != (tt.want == core.OK) || b.Stats().MovedIn != uint64(depot.taken.Load()) {
				t.Errorf("taken: %v, %+v", got, b.Stats())
			}
		})
	}
	t.Run("two at once", func(t *testing.T) {
		depot := &shelf{}
		a, urlA := startBridge(t, movable(depot))
		token := left(t, a, urlA, "anna")
		var resumed atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			_, url := startBridge(t, movable(depot))
			all.Go(func() {
				welcome, conn := hello(t, url, nil, "anna", token)
				defer conn.Drop()
				if welcome.Flags&core.FlagResumed != 0 {
					resumed.Add(1)
				} else if welcome.Code != core.Lost {
					t.Errorf("Welcome %+v", welcome)
				}
			})
		}
		all.Wait()
		if n := resumed.Load(); n != 1 {
			t.Errorf("%d bridges went on with it", n)
		}
	})
	t.Run("where it could not be left", func(t *testing.T) {
		depot := &shelf{fails: true}
		a, urlA := startBridge(t, movable(depot))
		token := left(t, a, urlA, "anna")
		for _, resumed := range []bool{true, false} {
			welcome, conn := hello(t, urlA, nil, "anna", token)
			defer conn.Drop()
			if got := welcome.Flags&core.FlagResumed != 0; got != resumed {
				t.Errorf("Welcome %+v", welcome)
			}
			if !resumed {
				break
			}
			if err := conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the token to be of no use", func() bool { _, err := conn.Read(t.Context()); return err == nil })
		}
	})
}

// movable is a bridge whose sessions go to others, with users.
func movable(depot *shelf) Config {
	cfg := allowAll(Config{Depot: depot, Origins: []string{"*"}, Log: quiet, UserKey: func(user any) string { return user.(string) }})
	cfg.Authenticate = func(_ context.Context, _ *http.Request, credentials []byte) (user any, err error) {
		var name string
		err = json.Unmarshal(credentials, &name)
		return name, err
	}
	return cfg
}

// left is the token of a session that a bridge has left for others.
func left(t *testing.T, b *Bridge, url, user string) (token []byte) {
	t.Helper()
	welcome, conn := hello(t, url, nil, user, nil)
	defer conn.Drop()
	if err := conn.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn.Drop()
	waitFor(t, "the cut", func() bool { return b.Stats().Waiting == 1 })
	found := false
	if !b.Yield(t.Context(), sha256.Sum256(welcome.Name), func() { found = true }) || !found {
		t.Fatal("the session does not leave")
	}
	return welcome.Name
}
