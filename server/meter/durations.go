package meter

import (
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Bounds are the upper bounds of the classes that Durations has, apart from the last one, which has none.
var Bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// Durations is how long requests took, in classes, and how they ended.
type Durations struct {
	classes [len(Bounds) + 1]atomic.Uint64
	sum     atomic.Int64 // nanoseconds
	failed  byCode
}

// Observe counts a request that has ended with a code, which is OK for an answer.
func (d *Durations) Observe(took time.Duration, code core.Code) {
	d.add(classOf(took), 1, took)
	if code != core.OK {
		d.failed.add(code)
	}
}

func (d *Durations) add(class int, count uint64, sum time.Duration) {
	d.classes[class].Add(count)
	d.sum.Add(int64(sum))
}

func classOf(took time.Duration) (class int) {
	for class < len(Bounds) && took > Bounds[class] {
		class++
	}
	return class
}

// isOf tells whether a class is classOf(took).
func isOf(class int, took time.Duration) bool {
	return (class == 0 || took > Bounds[class-1]) && (class == len(Bounds) || took <= Bounds[class])
}

// Series adds up requests that were answered together, most of which are of one class, and counts them when it is flushed.
type Series struct {
	durations *Durations
	class     int
	count     uint64
	sum       time.Duration
}

// Observe is Durations.Observe for one that was answered.
func (s *Series) Observe(d *Durations, took time.Duration) {
	if d != s.durations || !isOf(s.class, took) { // mostly it is, which is to take no search
		s.Flush()
		s.durations, s.class = d, classOf(took)
	}
	s.count++
	s.sum += took
}

// Flush has everything counted.
func (s *Series) Flush() {
	if s.count > 0 {
		s.durations.add(s.class, s.count, s.sum)
	}
	*s = Series{}
}

// Snapshot is what was observed until now.
type Snapshot struct {
	Count   uint64
	Sum     time.Duration
	Classes [len(Bounds)]uint64 // how many took at most so long: each class has those below it, too
	Ended   map[core.Code]uint64
}

// Snapshot adds up what was observed.
func (d *Durations) Snapshot() (s Snapshot) {
	for i := range Bounds {
		s.Count += d.classes[i].Load()
		s.Classes[i] = s.Count
	}
	s.Count += d.classes[len(Bounds)].Load()
	s.Sum, s.Ended = time.Duration(d.sum.Load()), d.failed.all()
	answered := s.Count
	for _, n := range s.Ended {
		answered -= min(n, answered) // one may have failed since the classes were read
	}
	if answered > 0 {
		s.Ended[core.OK] = answered
	}
	return s
}
