package record

import (
	"fmt"
	"sync"
	"time"
)

// Farewells records the sockets of a client that sent some messages and were closed at once, and what they were told of them.
type Farewells struct {
	mu   sync.Mutex
	next uint64
	all  []Farewell
}

// Farewell is the end of one socket.
type Farewell struct {
	First, Count uint64 // its messages
	Unpassed     uint64 // so many were not passed on
	Unknown      bool   // and perhaps more
	Start, End   time.Time
	Linger       time.Duration
}

func (f Farewell) String() string {
	return fmt.Sprintf("%d messages from %d on, %d of them not passed on, unknown: %t, linger %v, from %s, for %v", f.Count, f.First, f.Unpassed,
		f.Unknown, f.Linger, f.Start.Format("15:04:05.000"), f.End.Sub(f.Start).Round(time.Millisecond))
}

func (f Farewell) has(number uint64) bool { return number >= f.First && number-f.First < f.Count }

// Allot returns the number of the first of so many messages.
func (r *Farewells) Allot(count uint64) (first uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = r.next + 1
	r.next += count
	return first
}

// Add notes the end of a socket.
func (r *Farewells) Add(f Farewell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, f)
}

// Circumstances say which faults may be the reason for what is missing.
type Circumstances interface {
	Died(start, end time.Time) bool     // what had the messages, after they were passed on, was killed
	Replaced(start, end time.Time) bool // the bridge is another one
}

// Judge compares what has arrived with what was told. The record of the sink has a generation and a number for each message.
// unfounded are the sockets that were told without a reason that nobody knows what became of their messages.
func (r *Farewells) Judge(sink []uint64, c Circumstances) (t Totals, lost, unfounded []Farewell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	arrived := map[uint64]uint64{}
	for i, last := 0, uint64(0); i+1 < len(sink); i += 2 {
		number := sink[i+1]
		if arrived[number]++; arrived[number] > 1 {
			t.Duplicated++
		} else if number < last {
			t.Reordered++
		}
		last = max(last, number)
	}
	for _, f := range r.all {
		was := t.Lost
		t.judge(f, arrived, c)
		if t.Lost > was {
			lost = append(lost, f)
		}
		if f.Unknown && f.End.Sub(f.Start) < f.Linger && !c.Replaced(f.Start, f.End) {
			unfounded = append(unfounded, f)
		}
	}
	return t, lost, unfounded
}

func (t *Totals) judge(f Farewell, arrived map[uint64]uint64, c Circumstances) {
	var here uint64
	for n := f.First; f.has(n); n++ {
		here += min(1, arrived[n])
	}
	missing := f.Count - here
	exact := min(missing, f.Unpassed)
	rest := missing - exact
	t.Sent += f.Count
	t.Delivered += here
	t.Exact += exact
	t.Unused += f.Unpassed - exact
	t.ExactReports += min(1, f.Unpassed)
	switch {
	case f.Unknown:
		t.Unknown += rest
		t.UnknownReports++
	case c.Died(f.Start, f.End):
		t.Died += rest
	default:
		t.Lost += rest
	}
}
