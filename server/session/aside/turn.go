package aside

import (
	"slices"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Turn is whose turn it is to act on a socket, and where the frames of the socket wait while somebody is asked about one of them. A
// goroutine handles them, in their order, while the reading one goes on with all else that the client says. Whoever handles a frame
// there, or judges the socket, has its turn; the reading goroutine does nothing about the socket meanwhile but to grant credit.
type Turn struct {
	taken  atomic.Bool // somebody has the turn. The reading goroutine looks at it without the lock
	ended  bool        // the session has, and nothing is handled any more
	frames []Frame
	bytes  int             // of these
	judges []chan struct{} // who wants the turn to judge the socket, before the next frame; closed when they have it
	room   chan struct{}   // closed when a frame has gone; nil: nobody waits for that
}

// Frame is a frame that waits.
type Frame struct {
	core.Frame
	Size   int
	After  []*Errand // of the client, from before: they have to be over
	Errand *Errand   // of a Close or a Disconnect
}

// So many frames and bytes of a socket wait. If there would be more, nothing is read of the client until there is room.
const (
	maxFrames  = 256
	maxBytes   = 1 << 20
	framePlace = 512
)

// SizeOf is what it costs to keep a frame.
func SizeOf(f *core.Frame) int {
	return framePlace + len(f.Name) + len(f.Text) + len(f.Params) + len(f.Body)
}

// Taken tells whether somebody has the turn.
func (t *Turn) Taken() bool { return t.taken.Load() }

// Take takes the turn, unless somebody has it.
func (t *Turn) Take() (taken bool) { return !t.taken.Swap(true) }

// Ended tells whether nothing is to be done any more.
func (t *Turn) Ended() bool { return t.ended }

// Full tells whether no more frames may wait.
func (t *Turn) Full() bool { return len(t.frames) >= maxFrames || t.bytes >= maxBytes }

// Put has a frame wait.
func (t *Turn) Put(f Frame) {
	t.frames = append(t.frames, f)
	t.bytes += f.Size
}

// Next is for who has the turn to handle frames: it takes the first one out, unless a judge comes before it.
func (t *Turn) Next() (f Frame, is bool) {
	if len(t.frames) == 0 || len(t.judges) > 0 {
		return Frame{}, false
	}
	return t.next(), true
}

func (t *Turn) next() (f Frame) {
	f, t.frames[0] = t.frames[0], Frame{}
	t.frames = t.frames[1:]
	t.bytes -= f.Size
	t.Wake()
	return f
}

// Room is closed when a frame has gone, or by Wake.
func (t *Turn) Room() <-chan struct{} {
	if t.room == nil {
		t.room = make(chan struct{})
	}
	return t.room
}

// Wake has whoever waits for room look again.
func (t *Turn) Wake() {
	if t.room != nil {
		close(t.room)
		t.room = nil
	}
}

// Judge is for a judge, who has the turn when what it returns is closed.
func (t *Turn) Judge() (turn chan struct{}) {
	turn = make(chan struct{})
	if t.Take() {
		close(turn)
	} else {
		t.judges = append(t.judges, turn)
	}
	return turn
}

// Leave is for a judge who does not want to wait any longer, and tells whether he still did. If not he has the turn.
func (t *Turn) Leave(turn chan struct{}) (waited bool) {
	i := slices.Index(t.judges, turn)
	if i < 0 {
		return false
	}
	t.judges = slices.Delete(t.judges, i, i+1)
	return true
}

// Pass is for who has had the turn. A judge is the next to have it. Otherwise, if frames wait, it stays taken, for who handles them.
func (t *Turn) Pass() (forFrames bool) {
	switch {
	case len(t.judges) > 0:
		close(t.judges[0])
		t.judges = t.judges[1:]
	case len(t.frames) > 0:
		return true
	default:
		t.frames = nil
		t.taken.Store(false)
	}
	return false
}

// End says that the session has ended, and returns what has waited. The turn stays taken: nothing is to be done any more.
func (t *Turn) End() (forgotten []Frame) {
	for len(t.frames) > 0 {
		forgotten = append(forgotten, t.next())
	}
	for _, judge := range t.judges {
		close(judge)
	}
	t.judges, t.ended = nil, true
	return forgotten
}
