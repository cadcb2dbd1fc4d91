package pubsub

import (
	"cmp"
	"runtime"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// gathering is messages that were routed, and not delivered yet: those that came with one read of the connection. Each
// subscriber is visited once for all of them.
//
// A crowd is visited group by group, and between two groups the reader takes what has come meanwhile. Each group has its
// messages encoded for itself, so that nobody has to be visited again for what came while others were visited.
type gathering struct {
	groups  [maxGroups]group
	used    uint64 // how many groups messages go to: 1, or another power of two. It changes only while nothing is gathered
	waiting int    // groups whose messages were not delivered yet
	turn    int    // the group that is looked at next
	shared  bool   // others take turns with it, so everything is delivered before the next read
	offset  uint64 // of the last message that the log has kept; 0: there is none since the last flush
}

// group is subscribers that are visited together.
type group struct {
	builder burst.Builder
	targets []*Subscription // those whose gathered is not empty
	last    uint64          // the number of the last message that was added
}

const (
	// maxGroups bounds how often a message is encoded.
	maxGroups = 16

	// maxGrouped is the size of the largest message that is encoded more than once.
	maxGrouped = 4 << 10
)

// Receive routes and delivers one message, of which nothing is kept.
func (f *Feed) Receive(m core.Message) error {
	return cmp.Or(f.gather(m, 0), f.flush())
}

// gather routes one message, of which nothing is kept, and which is delivered later; more is how many bytes of others have
// come with it. It is called by the reader goroutine of the connection.
func (f *Feed) gather(m core.Message, more int) error { return f.gatherKept(m, nil, more) }

// gatherKept is gather for a message that is there in wire form already, which may be kept.
func (f *Feed) gatherKept(m core.Message, body core.Body, more int) (err error) {
	f.number++
	f.targets = f.targets[:0]
	offset := uint64(0)
	if f.last == nil && f.log == nil {
		f.mu.RLock()
		f.route(m[0])
		f.mu.RUnlock()
	} else {
		offset = f.routeAndKeep(m, body)
	}
	if len(f.targets) == 0 && f.unasked != nil {
		f.targets = append(f.targets, f.unasked)
	}
	if len(f.targets) > 0 {
		err = f.add(m, offset, more)
	}
	f.gathering.offset = max(f.gathering.offset, offset)
	clear(f.targets)
	clear(f.matches)
	return err
}

// add has a message delivered to the targets.
func (f *Feed) add(m core.Message, offset uint64, more int) (err error) {
	g, size := &f.gathering, m.Size()
	if g.used > 1 && size > maxGrouped {
		err = f.flush()
	}
	if g.waiting == 0 {
		g.used = f.groupsFor(size)
	}
	for _, x := range f.targets {
		to := &g.groups[x.number&(g.used-1)]
		if to.last != f.number {
			to.last = f.number
			if !to.builder.Fits(size, offset) {
				err = cmp.Or(f.visitGroup(to), err)
			}
			if to.builder.Len() == 0 {
				g.waiting++
			}
			to.builder.Add(m, offset, more)
		}
		if len(x.gathered) == 0 {
			to.targets = append(to.targets, x)
		}
		x.gathered = burst.Append(x.gathered, to.builder.Len()-1)
	}
	return err
}

// groupsFor is how many groups the targets of a message of so many bytes make. Each is worth the while of all cores. A
// history wants to know how far everybody is, and with groups there need not be a moment at which all are.
func (f *Feed) groupsFor(size int) uint64 {
	used := uint64(1)
	if size > maxGrouped || f.log != nil || f.gathering.shared {
		return used
	}
	for crowd := len(f.targets) / (minShare * runtime.GOMAXPROCS(0)); crowd > 1 && used < maxGroups; crowd /= 2 {
		used *= 2
	}
	return used
}

// pause is called by the reader before it waits. It delivers to one group, and tells whether others have yet to be visited.
func (f *Feed) pause() (more bool, err error) {
	g := &f.gathering
	for looked := 0; g.waiting > 0 && looked < maxGroups; looked++ {
		next := &g.groups[g.turn]
		g.turn = (g.turn + 1) % maxGroups
		if next.builder.Len() > 0 {
			err = f.visitGroup(next)
			break
		}
	}
	if g.waiting > 0 {
		return true, err
	}
	if g.offset > 0 {
		f.log.Delivered(g.offset)
		g.offset = 0
	}
	return false, err
}

// flush delivers everything that was gathered. It is for the reader goroutine.
func (f *Feed) flush() (err error) {
	for more := true; more; {
		var failed error
		more, failed = f.pause()
		err = cmp.Or(err, failed)
	}
	return err
}

// visitGroup delivers what was gathered for a group that has something.
func (f *Feed) visitGroup(to *group) error {
	f.gathering.waiting--
	targets := to.targets
	to.targets = targets[:0]
	defer clear(targets)
	return f.deliver(to.builder.Take(), targets)
}
