package server

import (
	"context"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// commonNames are the names of several bridges.
type commonNames struct {
	mu   sync.Mutex
	held map[Holding]func() // who wants to know that it is wanted
}

// at makes a bridge's configuration, for which every name is one of all bridges.
func (n *commonNames) at(cfg Config) Config {
	cfg.Terms = func(Access) (Terms, error) { return Terms{Unique: true}, nil }
	cfg.Hold = func(_ context.Context, h Holding, _, wanted func()) (release func(), err error) {
		n.mu.Lock()
		other := n.held[h]
		if other == nil {
			n.held[h] = wanted
		}
		n.mu.Unlock()
		if other != nil {
			other()
			return nil, core.NewError(core.Conflict, "another bridge has it")
		}
		return func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			delete(n.held, h)
		}, nil
	}
	return allowAll(cfg)
}

// room is a ROUTER that counts the connections it has at a time.
type room struct {
	address   string
	mu        sync.Mutex
	now, most int
}

func startRoom(t *testing.T) *room {
	t.Helper()
	l := gatewaytest.ListenLocal(t)
	r := &room{address: "tcp://" + l.Addr().String()}
	go func() { // until the test ends
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

func (r *room) serve(conn net.Conn) {
	defer conn.Close()
	r.count(1)
	defer r.count(-1)
	_, _ = conn.Write(gatewaytest.Hello("ROUTER"))
	_, _ = io.Copy(io.Discard, conn)
}

func (r *room) count(more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now += more
	r.most = max(r.most, r.now)
}

func (r *room) mostAtATime() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// bear has a page with a name come to the room, when it may.
func (r *room) bear(t *testing.T, url, name string) *zmq.Context {
	t.Helper()
	c, err := zmq.Dial(t.Context(), url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s := c.SocketWith(zmq.DEALER, zmq.SocketOptions{Identity: name})
	if err := s.Connect(r.address, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNameGoesWithItsConnection: another bridge gets a name when no connection of the one before bears it any more, and soon: a ROUTER
// would not hear the second one, or the first would take the name back.
func TestNameGoesWithItsConnection(t *testing.T) {
	t.Parallel()
	r, names := startRoom(t), &commonNames{held: map[Holding]func(){}}
	_, urlA := startBridge(t, names.at(Config{}))
	_, urlB := startBridge(t, names.at(Config{}))
	r.bear(t, urlA, "anna").Close()
	r.bear(t, urlA, "anna").Close() // which has the connection of the one before
	begun := time.Now()
	r.bear(t, urlB, "anna")
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := r.mostAtATime(); n != 1 {
		t.Errorf("the ROUTER has had %d connections at a time", n)
	}
}

// TestNameOfAMovedSession: it goes along at once.
func TestNameOfAMovedSession(t *testing.T) {
	t.Parallel()
	r, names, depot := startRoom(t), &commonNames{held: map[Holding]func(){}}, &shelf{}
	a := New(names.at(Config{Depot: depot}))
	b := New(names.at(Config{Depot: depot}))
	t.Cleanup(a.Close)
	t.Cleanup(b.Close)
	front := new(balancer)
	front.to.Store(a)
	web := httptest.NewServer(front)
	t.Cleanup(web.Close)
	r.bear(t, "ws"+strings.TrimPrefix(web.URL, "http"), "anna")
	front.to.Store(b)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	begun := time.Now()
	if err := a.Drain(ctx, patience); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the name to be borne again", func() bool {
		return b.Stats().MovedIn == 1 && b.Stats().Gateway.LinksUp == 1
	})
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := r.mostAtATime(); n != 1 {
		t.Errorf("the ROUTER has had %d connections at a time", n)
	}
}

// TestAddressOfAMovedSession: nobody listens there any more, so that backends which connect to several bridges do not ask where no page is.
func TestAddressOfAMovedSession(t *testing.T) {
	t.Parallel()
	depot, front := &shelf{}, new(balancer)
	var bridges []*Bridge
	var at []string
	for n := range 2 {
		at = append(at, "127.0.0.1:"+strconv.Itoa(freePort(t)))
		cfg := Config{Depot: depot, Named: func(string) (Named, bool) { return Named{Bind: true}, true }}
		cfg.Gateway.Resolve = func(core.Endpoint) (core.Endpoint, error) { return core.ParseEndpoint("tcp://" + at[n]) }
		bridges = append(bridges, New(allowAll(cfg)))
		t.Cleanup(bridges[n].Close)
	}
	front.to.Store(bridges[0])
	web := httptest.NewServer(front)
	t.Cleanup(web.Close)
	c, err := zmq.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := c.Socket(zmq.REP)
	if err := s.Bind("served", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	front.to.Store(bridges[1])
	if err := bridges[0].Drain(ctx, patience); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	waitFor(t, "nobody to listen there", func() bool {
		l, err := net.Listen("tcp", at[0])
		if err == nil {
			l.Close()
		}
		return err == nil
	})
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}
