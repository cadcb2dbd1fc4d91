package simulator

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// everyHandOver is which resumptions of a session happen at another bridge, as far as its engine can tell: every other one.
const everyHandOver = 2

// handOver makes the engine of a session that was cut anew, from nothing but its state, as the bridge does that its client has come to. token is the
// one that the client has presented.
func (s *bridgeSession) handOver(token []byte) {
	sim := s.bridge.sim
	if s.resumptions++; s.resumptions%everyHandOver != 0 {
		return
	}
	state := s.engine.State()
	state.Token, state.Frames = slices.Clone(token), slices.Clone(state.Frames)
	engine, err := core.RestoreSession(sim.climate.sessionConfig(), state, sim.Now())
	if err != nil {
		sim.fail("session %d cannot go to another bridge: %v", s.number, err)
	}
	if engine.Sent() != s.engine.Sent() || engine.Acknowledged() != s.engine.Acknowledged() {
		sim.fail("session %d had sent %d, of which %d were acknowledged, and has sent %d, of which %d were, at the next bridge", s.number,
			s.engine.Sent(), s.engine.Acknowledged(), engine.Sent(), engine.Acknowledged())
	}
	sim.note("session %d goes to another bridge", s.number)
	s.engine = engine
}
