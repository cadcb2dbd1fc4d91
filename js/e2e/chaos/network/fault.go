package network

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// Longest is longer than any fault takes.
const Longest = time.Minute

// Suffer makes the faults of a schedule happen to the connections of a proxy. It returns after the last one, or when ctx
// ends.
func (p *Proxy) Suffer(ctx context.Context, faults []schedule.Fault) error {
	start := time.Now()
	for _, f := range faults {
		if !schedule.Wait(ctx, f.At-time.Since(start)) {
			return ctx.Err()
		}
		if f.Kind == schedule.Slow || f.Kind == schedule.Narrow {
			p.endure(ctx, f)
		} else if err := p.strike(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// comeBackTime is how long a client may take to connect again. It is long, because the client may first have to notice that a
// connection is dead.
const comeBackTime = Longest

// strike makes a fault happen to the next connection that lives long enough.
func (p *Proxy) strike(ctx context.Context, f schedule.Fault) error {
	p.truce.RLock()
	defer p.truce.RUnlock()
	waiting, cancel := context.WithTimeout(ctx, comeBackTime)
	defer cancel()
	pause := rand.N(minBetween)
	if f.Kind == schedule.HalfOpen {
		pause = time.Second // by then the bridge has welcomed the client
	}
	for {
		l, err := p.victim(waiting)
		if err != nil {
			return fmt.Errorf("hang: a client does not connect again: %w", err)
		}
		if l.pause(pause) {
			p.enter(f.Kind)
			l.befalls(f)
			return nil
		}
	}
}

// minBetween is a pause before a fault, at most. Without it, a schedule that is late would catch up with many faults at once.
const minBetween = 100 * time.Millisecond

// endure changes the conditions of all connections for a while.
func (p *Proxy) endure(ctx context.Context, f schedule.Fault) {
	p.enter(f.Kind)
	w := weather{delay: f.Time / 30}
	if f.Kind == schedule.Narrow {
		w = weather{rate: 256 << 10}
	}
	p.changeWeather(w)
	schedule.Wait(ctx, f.Time)
	p.changeWeather(weather{})
}

func (p *Proxy) enter(k schedule.Kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[k]++
}

// befalls does to the connection what the fault says.
func (l *link) befalls(f schedule.Fault) {
	switch f.Kind {
	case schedule.CutRST:
		l.cut()
	case schedule.CutFIN:
		l.finish()
	case schedule.CutWithin:
		l.cutWithin()
	case schedule.Abandon:
		l.abandon(f.Time * 10)
	case schedule.Stall:
		l.stallFor(f.Time)
	case schedule.Corrupt:
		l.spoil()
	case schedule.HalfOpen:
		l.silence()
	}
}

// befall claims the link for a fault. It returns false if the link has ended or was claimed before.
func (l *link) befall() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.ended:
		return false
	default:
	}
	first := !l.befallen
	l.befallen = true
	return first
}

func (l *link) harmed(by schedule.Kind) {
	l.proxy.harmed(time.Now(), fmt.Sprintf("%v, %v after its start", by, time.Since(l.start).Round(time.Millisecond)))
}

// cut ends the connection with RST in both directions.
func (l *link) cut() {
	l.harmed(schedule.CutRST)
	l.reset()
}

// cutWithin makes carry cut the connection in the middle of the next chunk, in either direction.
func (l *link) cutWithin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.within = true
}

// finish ends the connection with FIN in both directions, after everything that was carried so far.
func (l *link) finish() {
	l.harmed(schedule.CutFIN)
	l.end()
	l.client.CloseWrite()
	l.server.CloseWrite()
	late := time.Now().Add(time.Second)
	l.client.SetReadDeadline(late)
	l.server.SetReadDeadline(late)
}

// abandon cuts off the client. The bridge is not told for a while.
func (l *link) abandon(silence time.Duration) {
	l.harmed(schedule.Abandon)
	l.stall()
	reset(l.client)
	time.AfterFunc(silence, l.reset)
}

// stallFor carries nothing any more. After a while it cuts the connection.
func (l *link) stallFor(silence time.Duration) {
	l.harmed(schedule.Stall)
	l.stall()
	time.AfterFunc(silence, l.cut)
}

// silence carries nothing any more. It resets the connection only when both ends must have noticed long ago.
func (l *link) silence() {
	l.harmed(schedule.HalfOpen)
	l.stall()
	time.AfterFunc(Longest, l.reset)
}

func (l *link) stall() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalled = true
}

func (l *link) silent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stalled
}

// armed tells whether a fault waits for the next chunk, or is at it.
func (l *link) armed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.within || l.corrupt || l.striking
}

// struck is called when the fault that waited for a chunk is in the books.
func (l *link) struck() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.striking = false
}

// spoil makes carry change one bit of the next chunk, in either direction. The end that gets it ends the connection.
func (l *link) spoil() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.corrupt = true
}
