package bench

import (
	"context"
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Load is what is put on a bridge.
type Load struct {
	URL     string // of the bridge's WebSocket
	Address string // of the ZeroMQ socket behind it, as the bridge is asked for it
	Plain   bool   // it is no bridge: a WebSocket message is a message

	Clients int
	Size    int           // bytes of a message; at least MinSize
	Rate    int           // messages per second; 0: as fast as it goes
	Window  int           // requests of one client that are outstanding
	Warm    time.Duration // before it is measured
	For     time.Duration

	Publisher Publisher // what is at Address; nil: somebody publishes there already
	PID       int       // the bridge's process, if it runs here; 0: it is not looked at
}

// Publisher is what publishes for a fan-out.
type Publisher interface {
	Append(message []byte)
	Flush() error
	Await(ctx context.Context) error // until somebody has subscribed
}

// speech is what the clients speak.
func (l *Load) speech() speech {
	switch {
	case l.Plain:
		return plainSpeech{}
	case l.Window > 0:
		return &zwbSpeech{socket: core.REQ, addr: l.Address}
	}
	return &zwbSpeech{socket: core.SUB, addr: l.Address}
}

func (l *Load) check() error {
	if l.Clients < 1 || l.For <= 0 || l.Warm < 0 || l.Size < MinSize || l.Rate < 0 || l.Window < 0 {
		return errors.New("a load has clients, time, and messages of some size")
	}
	return nil
}

// session is what is common to all measurements: clients that are there, and what was before them.
type session struct {
	*crowd
	result  Result
	before  usage // of the bridge, before there were clients
	stopped func()
}

// begin opens the connections.
func (l *Load) begin(ctx context.Context, mode string) (*session, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	s := &session{result: Result{Mode: mode, Clients: l.Clients, Size: l.Size, Window: l.Window}, before: usageOf(l.PID)}
	begun := time.Now()
	cr, err := l.gather(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	s.crowd = cr
	s.result.ConnectsPerSecond = float64(l.Clients) / time.Since(begun).Seconds()
	ticking, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with stop
		defer close(done)
		cr.tick(ticking)
	}()
	s.stopped = func() {
		stop()
		cr.leave()
		<-done
	}
	return s, nil
}

// moment is what was counted at a time.
type moment struct {
	at        time.Time
	delivered uint64
	server    usage
	own       usage
}

func (s *session) now() moment {
	return moment{at: time.Now(), delivered: s.delivered(), server: usageOf(s.load.PID), own: ownUsage()}
}

// measured puts into the result what happened between two moments.
func (s *session) measured(from, to moment) {
	r, took := &s.result, to.at.Sub(from.at).Seconds()
	n := to.delivered - from.delivered
	r.Seconds = took
	r.PerSecond = float64(n) / took
	r.GeneratorCores = (to.own.cpu - from.own.cpu) / took
	r.Server = s.before.until(from.server, to.server, n, s.load.Clients, took)
}

// sum puts into the result what the clients have counted. expected is how many there should be.
func (s *session) sum() (counted, failed uint64) {
	all := newHistogram()
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		all.Merge(sh.latency)
		counted, failed = counted+sh.counted, failed+sh.failed
		s.result.Missed += sh.missed
		s.result.Strange += sh.strange
		sh.mu.Unlock()
	}
	s.result.Failed = failed
	s.result.Latency = latencyOf(all)
	return counted, failed
}
