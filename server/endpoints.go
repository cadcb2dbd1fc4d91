package server

import (
	"maps"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
)

// Endpoint is a named endpoint, or all that have no name together, as it is at a moment.
type Endpoint struct {
	Name       string `json:"name"`             // or "(raw)": addresses that pages named; "(unknown)": names that the bridge does not have
	Backends   int    `json:"backends"`         // connections to backends, and addresses that are listened at, that there should be
	Up         int    `json:"up"`               // that there are
	Reason     string `json:"reason,omitempty"` // why one of them is down
	Sessions   int    `json:"sessions"`         // that use it
	Reconnects uint64 `json:"reconnects"`       // connections to its backends after an earlier one was lost
	meter.Totals

	Requests     meter.Snapshot    `json:"-"`
	Answered     map[string]uint64 `json:"requests"` // by code: "ok" for an answer
	Refused      map[string]uint64 `json:"refused"`  // by code
	LastRefusals []meter.Refusal   `json:"last_refusals"`

	// Sequence is what the publisher's own count has told. Nil where there is none.
	Sequence *gateway.Counted `json:"sequence,omitempty"`

	// Memory is how many bytes are kept of what it publishes: "history", "last_values", and "held" while that waits for what is missing. Nil where nothing can be.
	Memory map[string]int64 `json:"memory,omitempty"`
}

// Endpoints describes every endpoint that was used since the start.
func (b *Bridge) Endpoints() []Endpoint {
	census := b.sessions.Census() // before the totals are read
	meters := b.meters.All()
	all := map[string]*Endpoint{}
	for name, m := range meters {
		e := &Endpoint{Name: name, Totals: m.Totals(), Requests: m.Requests.Snapshot(), Refused: byText(m.Refusals.ByCode()), LastRefusals: m.Refusals.Last()}
		e.Answered = byText(e.Requests.Ended)
		e.Sessions = census.Sessions[name]
		if name == meter.Raw {
			e.Sessions = census.Sessions[""]
		}
		all[name] = e
	}
	for _, backend := range b.gateways.Backends() {
		name := backend.Endpoint.Name
		if name == "" {
			name = meter.Raw
		}
		e := all[name]
		if e == nil {
			continue
		}
		e.keep(backend)
		if backend.Users == 0 {
			continue
		}
		e.Backends++
		if backend.Up() {
			e.Up++
		} else if backend.Err != nil {
			e.Reason = backend.Err.Error()
		}
	}
	for name, counted := range b.gateways.Counted() {
		if e := all[name]; e != nil {
			e.Sequence = &counted
		}
	}
	for name, n := range b.gateways.Reconnects() {
		if name == "" {
			name = meter.Raw
		}
		if e := all[name]; e != nil {
			e.Reconnects = n
		}
	}
	var list []Endpoint
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[name])
	}
	return list
}

// keep adds what a gateway keeps, whether it has users or not.
func (e *Endpoint) keep(b gateway.Backend) {
	if !b.Keeps {
		return
	}
	if e.Memory == nil {
		e.Memory = map[string]int64{}
	}
	e.Memory["history"] += b.History
	e.Memory["last_values"] += b.LastValues
	if b.Held > 0 {
		e.Memory["held"] += b.Held
	}
}

func byText(counts map[core.Code]uint64) map[string]uint64 {
	texts := map[string]uint64{}
	for code, n := range counts {
		texts[code.String()] = n
	}
	return texts
}

// SocketsByType is how many sockets pages have, by type: "SUB".
func (b *Bridge) SocketsByType() map[string]int {
	types := map[string]int{}
	for t, n := range b.sessions.Census().Sockets {
		types[t.String()] = n
	}
	return types
}

// Draining tells whether clients are asked to leave.
func (b *Bridge) Draining() bool { return b.sessions.Draining() }
