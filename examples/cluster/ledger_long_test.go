//go:build long && linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// visitor is a client that came through HAProxy: it reads all prices, and asks the worker all the time.
type visitor struct {
	t        *testing.T
	name     string
	read     atomic.Int64 // prices
	answered atomic.Int64
	resets   atomic.Int64
	gaps     atomic.Int64 // that it was told of
	working  sync.WaitGroup

	mu       sync.Mutex
	mistakes []string
}

// visit is there until the test ends, and at the bridge of a machine whenever that is there: as a browser it has the cookie of HAProxy.
func visit(t *testing.T, r *running, machine int) *visitor {
	t.Helper()
	v := &visitor{t: t, name: fmt.Sprintf("the client of bridge %d", machine)}
	cookie := http.Header{"Cookie": {fmt.Sprintf("zwb=bridge-%d", machine)}}
	c, err := zmq.Dial(t.Context(), "ws://"+r.at(1, proxyPort)+"/data", zmq.Options{Header: cookie})
	if err != nil {
		t.Fatal(err)
	}
	sub := c.Socket(zmq.SUB)
	if err := sub.Subscribe("fx."); err != nil {
		t.Fatal(err)
	}
	if err := sub.Connect("prices", nil); err != nil {
		t.Fatal(err)
	}
	req := c.SocketWith(zmq.REQ, zmq.SocketOptions{Idempotent: true})
	if err := req.Connect("calc", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	v.working.Go(func() { v.readPrices(ctx, sub) })
	v.working.Go(func() { v.ask(ctx, req) })
	v.working.Go(func() {
		for e := range c.Events(ctx) {
			if e.Kind == zmq.EventReset {
				v.resets.Add(1)
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		v.working.Wait()
		c.Close()
		for _, mistake := range v.mistakes {
			t.Error(mistake)
		}
	})
	return v
}

func (v *visitor) mistake(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.mistakes) < 10 {
		v.mistakes = append(v.mistakes, time.Now().Format("15:04:05.000 ")+v.name+", "+fmt.Sprintf(format, args...))
	}
}

// readPrices notes each number that does not follow the one before, where no gap is told.
func (v *visitor) readPrices(ctx context.Context, sub *zmq.Socket) {
	next := -1
	for m, err := range sub.Messages(ctx) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			v.t.Logf("%s is told, before price %d: %v", v.name, next, err)
			v.gaps.Add(1)
			next = -1
			continue
		}
		var price struct{ Number int }
		if err := json.Unmarshal(m[1], &price); err != nil {
			v.mistake("%v", err)
		}
		if next >= 0 && price.Number != next {
			v.mistake("price %d comes, and %d is next", price.Number, next)
		}
		next = price.Number + 1
		v.read.Add(1)
	}
}

// ask asks one question after the other, each of which has to be answered.
func (v *visitor) ask(ctx context.Context, req *zmq.Socket) {
	for number := 1; ctx.Err() == nil; number++ {
		answer, err := req.Request(ctx, fmt.Appendf(nil, `{"number":%d}`, number))
		if ctx.Err() != nil {
			return
		}
		var is struct{ Square int }
		if err == nil {
			err = json.Unmarshal(answer[0], &is)
		}
		if err != nil || is.Square != number*number {
			v.mistake("question %d: %v, %q", number, err, answer)
		}
		v.answered.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
}

// mustGoOn waits until more has come, of everything, to all of them.
func mustGoOn(t *testing.T, clients []*visitor, after string) {
	t.Helper()
	since, read, answered := time.Now(), map[*visitor]int64{}, map[*visitor]int64{}
	for _, v := range clients {
		read[v], answered[v] = v.read.Load()+100, v.answered.Load()+10
	}
	for _, v := range clients {
		wait.For(t, v.name+" to go on after "+after, func() bool { return v.read.Load() >= read[v] && v.answered.Load() >= answered[v] })
	}
	t.Logf("after %s everybody has 100 prices and 10 answers more within %v", after, time.Since(since).Round(10*time.Millisecond))
}
