package meter

import (
	"maps"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Where something is counted that has no name of its own. Neither can be the name of an endpoint, which begins with a letter.
const (
	Raw     = "(raw)"     // addresses that pages name themselves: who they are is for no statistics, and there may be any number
	Unknown = "(unknown)" // names that the bridge does not know, which strangers may make up
)

// Meters has the meter of each endpoint. The zero value is ready.
type Meters struct {
	mu     sync.Mutex
	byName map[string]*Meter
}

// Of is the meter of an endpoint. known says that the bridge has an endpoint of this name, so that there are never more meters
// than names it ever had.
func (m *Meters) Of(ep core.Endpoint, known bool) *Meter {
	switch {
	case ep.Name == "":
		return m.named(Raw)
	case !known:
		return m.named(Unknown)
	}
	return m.named(ep.Name)
}

func (m *Meters) named(name string) *Meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	meter := m.byName[name]
	if meter == nil {
		if m.byName == nil {
			m.byName = map[string]*Meter{}
		}
		meter = new(Meter)
		m.byName[name] = meter
	}
	return meter
}

// All is every meter there is, by the name of its endpoint, or Raw or Unknown.
func (m *Meters) All() map[string]*Meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.byName)
}
