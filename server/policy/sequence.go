package policy

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// sequenceOf reads where a publisher counts.
func sequenceOf(c *config.Sequence) (s access.Sequence) {
	s.Format, _ = access.ParseNumberFormat(c.Format) // Check says what is wrong with it
	s.Part, s.PerTopic = c.Part, c.Per != ""
	return s
}

// replayOf reads who is asked for what is missing.
func replayOf(c *config.Replay) (r access.Replay) {
	if c == nil {
		return r
	}
	r.Address, _ = core.ParseAddress(c.Address) // likewise
	r.Request, _ = access.ParseNumberFormat(c.Request)
	return r
}

// Sequence is the hook Config.Sequence of package gateway. Addresses without a name have no count.
func (p *Policy) Sequence(ep core.Endpoint) access.Sequence {
	if e := p.named[ep.Name]; e != nil && ep.Name != "" && e.limits() && !e.bind {
		return e.sequence
	}
	return access.Sequence{}
}
