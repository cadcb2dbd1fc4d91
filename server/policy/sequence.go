package policy

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// sequence reads where a publisher counts.
func (l *loader) sequence(at string, c *config.Sequence) (s access.Sequence) {
	if c.Format == "" {
		return s // which Check reports
	}
	var err error
	s.Format, err = access.ParseNumberFormat(c.Format)
	l.wrong(at+".format", err)
	s.Part, s.PerTopic = c.Part, c.Per != ""
	return s
}

// Sequence is the hook Config.Sequence of package gateway. Addresses without a name have no count.
func (p *Policy) Sequence(ep core.Endpoint) access.Sequence {
	if e := p.named[ep.Name]; e != nil && ep.Name != "" && e.limits() && !e.bind {
		return e.sequence
	}
	return access.Sequence{}
}
