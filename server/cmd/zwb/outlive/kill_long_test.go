//go:build long

package outlive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// reader is a client that has to get every number once, in order.
type reader struct {
	t    *testing.T
	name string
	conn *zmq.Context
	sub  *zmq.Socket
	next int
	done atomic.Int64 // next, for others
}

// read connects to a bridge, and goes on where it was.
func (r *reader) read(ctx context.Context, b *fleettest.Bridge, since zmq.Position) {
	r.t.Helper()
	var err error
	if r.conn, err = zmq.Dial(ctx, "ws"+strings.TrimPrefix(b.URL, "http")+"/data", zmq.Options{}); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { r.conn.Close() })
	r.sub = r.conn.Socket(zmq.SUB)
	if err := errors.Join(r.sub.Subscribe(""), r.sub.ConnectSince("feed", nil, since), r.sub.Ready(ctx)); err != nil {
		r.t.Fatal(err)
	}
}

// until receives up to before a number.
func (r *reader) until(ctx context.Context, end int) error {
	for r.next < end {
		m, err := r.sub.Recv(ctx)
		if err != nil {
			return fmt.Errorf("%s, before %d: %w", r.name, r.next, err)
		}
		if got := string(m[0]); got != strconv.Itoa(r.next) {
			return fmt.Errorf("%s gets %s, and %d is next", r.name, got, r.next)
		}
		r.next++
		r.done.Store(int64(r.next))
	}
	return nil
}

func (r *reader) position() zmq.Position {
	p, _ := r.sub.Position("feed")
	return p
}

// TestIngesterIsKilled: while 100,000 messages come, the bridge that stores them is killed. Who is at another bridge, and who goes on
// there, gets each once. When all bridges are new, positions of the old ones hold.
func TestIngesterIsKilled(t *testing.T) {
	const messages = 100_000
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	nats := natstest.Start(t, 3)
	pub, text := publisher(t, messages, nats)
	a := start(t, text)
	moves := &reader{t: t, name: "who moves"}
	moves.read(ctx, a, zmq.Position{})
	b := start(t, text) // the lease is that of the other one
	stays := &reader{t: t, name: "who stays"}
	stays.read(ctx, b, zmq.Position{})

	published := make(chan error, 1)
	go func() { // ends with the last message
		published <- publish(pub, messages)
	}()
	stayed := make(chan error, 1)
	go func() { stayed <- stays.until(ctx, messages) }()
	if err := moves.until(ctx, messages/3); err != nil {
		t.Fatal(err)
	}
	a.End(syscall.SIGKILL)
	killed := time.Now()
	p := moves.position()
	if p.Offset != uint64(moves.next) {
		t.Errorf("it stands at %v, and %d is next", p, moves.next)
	}
	moves.conn.Close()
	moves.read(ctx, b, p)
	at := stays.done.Load()
	wait.For(t, "the other bridge to go on", func() bool { return stays.done.Load() > at+20_000 || stays.done.Load() == messages })
	t.Logf("the other bridge has gone on by 20,000 messages %v after the kill", time.Since(killed))
	if err := errors.Join(<-published, <-stayed, moves.until(ctx, messages)); err != nil {
		t.Fatal(err)
	}

	b.End(syscall.SIGKILL)
	c := start(t, text)
	again := &reader{t: t, name: "who comes to a new bridge", next: moves.next - 2*messages/3}
	again.read(ctx, c, zmq.Position{Epoch: p.Epoch, Offset: uint64(again.next)})
	if err := again.until(ctx, messages); err != nil {
		t.Error(err)
	}
	for _, question := range []string{"", "?since=99990@" + p.Epoch} {
		if got := events(ctx, t, c.URL+"/sub/feed"+question, "99990@"+p.Epoch, 10); got != "99990 99991 99992 99993 99994 99995 99996 99997 99998 99999" {
			t.Errorf("over HTTP, /sub/feed%s: %s", question, got)
		}
	}
}

// publish publishes numbers, at about 25,000 a second.
func publish(pub *gateway.PubGateway, messages int) error {
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for n := range messages {
		if n%100 == 0 {
			<-tick.C
		}
		if err := pub.Publish(core.Message{[]byte(strconv.Itoa(n))}); err != nil {
			return err
		}
	}
	return nil
}

// events are the texts of so many server-sent events, from an id on.
func events(ctx context.Context, t *testing.T, url, lastID string, count int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	if !strings.Contains(url, "since=") {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	var got []string
	for lines := bufio.NewScanner(response.Body); len(got) < count && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), `data: ["`); ok {
			got = append(got, strings.TrimSuffix(text, `"]`))
		}
	}
	return strings.Join(got, " ")
}
