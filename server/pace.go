package server

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// pace is how fast requests may come over HTTP, from one network address. A WebSocket is read more slowly; a request is a session of
// its own, so that too many of them have to be turned away. Who is admitted is not made to wait any more.
type pace struct {
	limits func() rates // of the moment

	mu sync.Mutex
	by map[string]*limit.Throttle
	of rates // what those in by go by
}

// rates are how fast requests may come.
type rates struct {
	messages, bytes float64 // per second; 0: no limit
	most            int     // addresses that are known at a time
}

func ratesOf(c *Config) rates { return rates{c.MessageRate, c.ByteRate, c.MaxConnections} }

func newPace(limits func() rates) *pace { return &pace{limits: limits} }

// admits tells whether a request is not too soon.
func (p *pace) admits(r *http.Request, now time.Time) bool {
	limits := p.limits()
	if limits.messages <= 0 && limits.bytes <= 0 {
		return true
	}
	from := limit.Address(r.RemoteAddr)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of != limits {
		p.of, p.by = limits, map[string]*limit.Throttle{}
	}
	t := p.by[from]
	if t == nil {
		if t = p.newcomer(now); t == nil {
			return false
		}
		p.by[from] = t
	}
	if t.Spend(0, 0, now) > 0 {
		return false
	}
	t.Spend(1, int(max(0, r.ContentLength)), now)
	return true
}

// newcomer finds a place for another address, if need be that of those who owe nothing. Nil: there is none.
func (p *pace) newcomer(now time.Time) *limit.Throttle {
	if len(p.by) >= p.of.most {
		maps.DeleteFunc(p.by, func(_ string, t *limit.Throttle) bool { return t.Spend(0, 0, now) == 0 })
	}
	if len(p.by) >= p.of.most {
		return nil
	}
	return limit.NewThrottle(p.of.messages, p.of.bytes, now.Add(-time.Second)) // the first ones may come at once
}

// pay is told of the bytes of a request that were not known when it was admitted.
func (p *pace) pay(r *http.Request, bytes int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.by[limit.Address(r.RemoteAddr)]; t != nil {
		t.Spend(0, bytes, now)
	}
}

var errPace = core.NewCloseError(core.CloseOverloaded, "requests come faster than the bridge allows")
