package outbox

import "slices"

// Source is something that has messages for a client, and was told to wait because the client had no room for them.
type Source interface {
	// Ready tells whether it makes sense to go on. It must not block.
	Ready() bool

	// Resume is called, by whoever has the outbox, once Ready has said yes. The source is not held any more then.
	Resume()
}

// Sources are those that wait for room. They are asked whenever there may be some: after each batch that was read, and after each that was
// written.
type Sources struct{ held []Source }

// Hold makes a source wait, which does not wait already.
func (s *Sources) Hold(src Source) { s.held = append(s.held, src) }

// Unhold forgets a source.
func (s *Sources) Unhold(src Source) {
	s.held = slices.DeleteFunc(s.held, func(other Source) bool { return other == src })
}

// Ready tells whether some source can go on.
func (s *Sources) Ready() bool { return slices.ContainsFunc(s.held, Source.Ready) }

// TakeReady returns those that can go on, and holds them no more.
func (s *Sources) TakeReady() (ready []Source) {
	if len(s.held) == 0 {
		return nil
	}
	s.held = slices.DeleteFunc(s.held, func(src Source) bool {
		if !src.Ready() {
			return false
		}
		ready = append(ready, src)
		return true
	})
	return ready
}
