package zmq_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// TestEveryRequestEnds checks that each request ends exactly once, whatever is cut, delayed, canceled or closed: with its own
// reply, or with an error that says what became of it.
func TestEveryRequestEnds(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
		})
	}
}

func chaos(t *testing.T, seed uint64) {
	b := newBridge(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		random := rand.New(rand.NewPCG(seed, 0))
		for {
			select {
			case l := <-b.links:
				serveBadly(ctx, l, random)
			case <-ctx.Done():
				return
			}
		}
	}()
	c := b.context(zmq.Options{RequestTimeout: time.Second, HWM: 50})
	counts := map[core.Code]int{}
	var mu sync.Mutex
	var asking sync.WaitGroup
	for n := range 20 {
		req := c.Socket(zmq.REQ)
		must(t, req.Connect("tcp://127.0.0.1:1", nil))
		random := rand.New(rand.NewPCG(seed, uint64(n)+1))
		asking.Go(func() {
			for i := range 50 {
				patience, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(2000))*time.Millisecond)
				want := fmt.Sprint(n, " ", i)
				reply, err := req.Request(patience, []byte(want))
				cancel()
				if err == nil && string(reply[0]) != want {
					t.Errorf("%q was answered with %q", want, reply[0])
				}
				mu.Lock()
				counts[core.CodeOf(err)]++
				mu.Unlock()
			}
		})
	}
	asking.Wait()
	c.Close()
	stop()
	<-served
	for code, n := range counts {
		switch code {
		case core.OK, core.Timeout, core.Lost, core.Unavailable:
		default:
			t.Errorf("%d requests ended with %v", n, code)
		}
	}
	if counts[core.OK] == 0 || counts[core.Lost] == 0 || counts[core.Timeout] == 0 {
		t.Errorf("the test has lost its bite: %v", counts)
	}
}

// serveBadly echoes some requests at once, some late, and some never, until it cuts the connection.
func serveBadly(ctx context.Context, l *link, random *rand.Rand) {
	defer l.conn.Drop()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(3000))*time.Millisecond)
	defer cancel()
	var held []core.Frame
	for {
		batch, err := l.conn.Read(ctx)
		if err != nil {
			return
		}
		err = l.session.Feed(batch, l.now(), func(f *core.Frame) error {
			switch f.Kind {
			case core.KindHello:
				l.session.Welcome()
			case core.KindOpen:
				return l.session.Append(&core.Frame{Kind: core.KindOpened, Socket: f.Socket, ID: f.ID})
			case core.KindRequest:
				reply := core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Body: f.Body}
				switch random.IntN(3) {
				case 0:
					return l.session.Append(&reply)
				case 1:
					held = append(held, reply)
				}
			}
			return nil
		})
		if err == nil && len(held) > 3 {
			for _, i := range random.Perm(len(held)) {
				l.session.Append(&held[i])
			}
			held = nil
		}
		if out := l.session.Take(nil, l.now()); err == nil && len(out) > 0 {
			err = l.conn.Write(ctx, out)
		}
		if err != nil {
			return
		}
	}
}
