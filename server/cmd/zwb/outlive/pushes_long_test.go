//go:build long

package outlive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
)

// pullScript is a libzmq PULL that says what it gets. Argument: its port.
const pullScript = `
import sys, zmq
pull = zmq.Context.instance().socket(zmq.PULL)
pull.bind("tcp://127.0.0.1:" + sys.argv[1])
print("up", flush=True)
while True:
    print(pull.recv().decode(), flush=True)
`

// worker is a libzmq PULL in a process of its own, which ends with the test.
type worker struct {
	port int
	kill func()

	mu  sync.Mutex
	got []int // numbers, in the order in which they came
}

func startWorker(t *testing.T, port int) *worker {
	t.Helper()
	w := &worker{port: port}
	command := exec.Command("/usr/bin/python3", "-c", pullScript, strconv.Itoa(port))
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the PULL has ended (this test needs python3-zmq)")
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Error(err)
			}
			w.mu.Lock()
			w.got = append(w.got, n)
			w.mu.Unlock()
		}
	})
	w.kill = sync.OnceFunc(func() {
		command.Process.Kill()
		reading.Wait()
		command.Wait()
	})
	t.Cleanup(w.kill)
	return w
}

func (w *worker) numbers() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// jobs is what a bridge is told that passes jobs on to these workers.
func jobs(ports ...int) string {
	addresses := make([]string, len(ports))
	for i, port := range ports {
		addresses[i] = fmt.Sprintf("tcp://127.0.0.1:%d", port)
	}
	return fmt.Sprintf("endpoints: {jobs: {type: PUSH, address: [%s]}}\n", strings.Join(addresses, ", "))
}

// pusher is a client that connects to whatever bridge is there.
type pusher struct {
	*zmq.Context
	bridge atomic.Pointer[fleettest.Bridge]
	push   *zmq.Socket
	again  atomic.Uint64 // how many messages it has sent again
}

func newPusher(ctx context.Context, t *testing.T, at *fleettest.Bridge, idempotent bool) *pusher {
	t.Helper()
	p := &pusher{}
	p.bridge.Store(at)
	c, err := zmq.Dial(ctx, "ws://bridge/data", zmq.Options{Linger: -1, Dial: func(ctx context.Context, _ string) (zmq.Conn, error) {
		url := "ws" + strings.TrimPrefix(p.bridge.Load().URL, "http") + "/data"
		conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol, Limit: 32 << 20})
		if err != nil {
			return nil, err
		}
		return conn, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p.Context = c
	events := c.Events(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for e := range events {
			if e.Kind == zmq.EventRecovered {
				p.again.Add(e.Missed)
			}
		}
	})
	t.Cleanup(func() { c.Close(); watching.Wait() })
	p.push = c.SocketWith(zmq.PUSH, zmq.SocketOptions{Idempotent: idempotent})
	if err := errors.Join(p.push.Connect("jobs", nil), p.push.Ready(ctx)); err != nil {
		t.Fatal(err)
	}
	return p
}

// send sends the numbers from one up to before another, and returns how many messages it was told to be perhaps lost meanwhile.
func (p *pusher) send(ctx context.Context, t *testing.T, from, to int) (told uint64) {
	t.Helper()
	for n := from; n < to; {
		err := p.push.Send(ctx, []byte(strconv.Itoa(n)))
		var gap *zmq.GapError
		switch {
		case err == nil:
			n++
		case errors.As(err, &gap) && gap.Missed > 0:
			told += gap.Missed
		default:
			t.Fatalf("message %d: %v", n, err)
		}
		if n%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return told
}

// TestPushesAgain: while numbers are pushed to two workers, one bridge after the other is killed. A PUSH that may send again loses none;
// those that come twice are among those that it was told to have sent again, and each bridge passes on what it has in order.
func TestPushesAgain(t *testing.T) {
	const messages, kills = 20_000, 4
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	workers := []*worker{startWorker(t, unused.Port(t)), startWorker(t, unused.Port(t))}
	text := jobs(workers[0].port, workers[1].port)
	p := newPusher(ctx, t, start(t, text), true)
	var killing sync.WaitGroup
	begun := time.Now()
	killing.Go(func() {
		for range kills {
			time.Sleep(250 * time.Millisecond)
			next := start(t, text)
			p.bridge.Swap(next).End(syscall.SIGKILL)
		}
	})
	for n, turn := 0, messages/10; n < messages; n += turn {
		if told := p.send(ctx, t, n, n+turn); told != 0 {
			t.Errorf("told that %d messages may be lost", told)
		}
	}
	killing.Wait()
	t.Logf("%d messages and %d kills in %v", messages, kills, time.Since(begun))
	came := func() (all []int) { return slices.Concat(workers[0].numbers(), workers[1].numbers()) }
	count := func() int {
		all := came()
		slices.Sort(all)
		return len(slices.Compact(all))
	}
	wait.For(t, "all messages to come", func() bool { return count() == messages })
	time.Sleep(200 * time.Millisecond) // for what comes twice at the end
	twice, again := len(came())-messages, p.again.Load()
	t.Logf("%d were sent again, %d came twice", again, twice)
	if again == 0 || uint64(twice) > again {
		t.Errorf("%d came twice, and %d were sent again", twice, again)
	}
	for i, w := range workers {
		back, numbers := 0, w.numbers()
		for k, n := range numbers {
			if k > 0 && n <= numbers[k-1] {
				back++
			}
		}
		if back > kills {
			t.Errorf("worker %d: %d times a smaller number followed, and %d bridges were killed", i, back, kills)
		}
	}
}

// TestPushesLost: what waits at a bridge that is killed. A PUSH that may not send again is told the very number of these messages; one that
// may sends them, before all others.
func TestPushesLost(t *testing.T) {
	const before, waiting, after = 100, 40, 10
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, idempotent := range []bool{false, true} {
		t.Run(fmt.Sprintf("idempotent %v", idempotent), func(t *testing.T) {
			port := unused.Port(t)
			first := startWorker(t, port)
			p := newPusher(ctx, t, start(t, jobs(port)), idempotent)
			p.send(ctx, t, 0, before)
			wait.For(t, "the worker to get all", func() bool { return len(first.numbers()) == before })
			first.kill()
			wait.For(t, "the bridge to notice", func() bool {
				soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond) // in which it tells what has left, too
				defer cancel()
				return p.push.Ready(soon) != nil
			})
			p.send(ctx, t, before, before+waiting)
			time.Sleep(100 * time.Millisecond) // these messages come to the bridge

			next := start(t, jobs(port))
			p.bridge.Swap(next).End(syscall.SIGKILL)
			second := startWorker(t, port)
			if err := p.push.Ready(ctx); err != nil {
				t.Fatal(err)
			}
			told := p.send(ctx, t, before+waiting, before+waiting+after)
			wantTold, wantAgain, from := uint64(waiting), uint64(0), before+waiting
			if idempotent {
				wantTold, wantAgain, from = 0, waiting, before
			}
			wait.For(t, "word of what was sent again", func() bool { return p.again.Load() >= wantAgain })
			if again := p.again.Load(); told != wantTold || again != wantAgain {
				t.Errorf("told that %d messages may be lost, and that %d were sent again; they are %d and %d", told, again, wantTold, wantAgain)
			}
			var want []int
			for n := from; n < before+waiting+after; n++ {
				want = append(want, n)
			}
			wait.For(t, "the last message", func() bool { return slices.Contains(second.numbers(), before+waiting+after-1) })
			if got := second.numbers(); !slices.Equal(got, want) {
				t.Errorf("the next worker got %v, want %v", got, want)
			}
		})
	}
}
