package aside

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Errand is something that the client has said, that takes its time, and that the answers to what it says next depend on. A renewal
// changes who asks; a Close or a Disconnect leaves what another socket may have then.
type Errand struct {
	over chan struct{}
	kind core.Kind // of its frame
}

// Over is closed when the errand is.
func (e *Errand) Over() <-chan struct{} { return e.over }

// Renews tells whether it is a renewal.
func (e *Errand) Renews() bool { return e.kind == core.KindCredentials }

// concerns tells whether what is asked about a frame depends on the errand.
func (e *Errand) concerns(f *core.Frame) bool { return e.Renews() || f.Kind == core.KindOpen }

// Errands are those under way, in the order in which the client has said them. They are never modified in place.
type Errands []*Errand

// Begin notes an errand, of a frame of this kind.
func (e *Errands) Begin(kind core.Kind) *Errand {
	begun := &Errand{over: make(chan struct{}), kind: kind}
	*e = append(slices.Clip(*e), begun)
	return begun
}

// Finish ends an errand. Nil is none.
func (e *Errands) Finish(errand *Errand) {
	if errand == nil {
		return
	}
	close(errand.over)
	*e = slices.DeleteFunc(slices.Clone(*e), func(other *Errand) bool { return other == errand })
}

// Concern tells whether what is asked about a frame depends on one of them.
func (e Errands) Concern(f *core.Frame) bool {
	return slices.ContainsFunc(e, func(errand *Errand) bool { return errand.concerns(f) })
}

// Before are those that a frame depends on.
func (e Errands) Before(f *core.Frame) (before []*Errand) {
	for _, errand := range e {
		if errand.concerns(f) {
			before = append(before, errand)
		}
	}
	return before
}

// Closing is how many sockets are about to be closed.
func (e Errands) Closing() (n int) {
	for _, errand := range e {
		if errand.kind == core.KindClose {
			n++
		}
	}
	return n
}
