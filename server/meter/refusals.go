package meter

import (
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// lastRefusals is how many are kept of each endpoint, to be looked at.
const lastRefusals = 8

// Refusal is one of an endpoint, a subscription, a request or a message.
type Refusal struct {
	At   time.Time `json:"at"`
	What string    `json:"what"` // as in "SUB prices prefix \"fx.\""
	Code string    `json:"code"`
	Text string    `json:"text"`
}

// Refusals counts, and keeps the last ones.
type Refusals struct {
	counts byCode

	mu   sync.Mutex
	last []Refusal // the newest is last
}

// Add notes a refusal. Both texts are clipped: what asks for nothing good may be long.
func (r *Refusals) Add(what string, e *core.Error) {
	r.counts.add(e.Code)
	noted := Refusal{At: time.Now(), What: string(core.ClipText(what)), Code: e.Code.String(), Text: string(core.ClipText(e.Text))}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.last) == lastRefusals {
		r.last = slices.Delete(r.last, 0, 1)
	}
	r.last = append(r.last, noted)
}

// ByCode is how many there were.
func (r *Refusals) ByCode() map[core.Code]uint64 { return r.counts.all() }

// Last are the newest, the newest first.
func (r *Refusals) Last() []Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := slices.Clone(r.last)
	slices.Reverse(last)
	return last
}
