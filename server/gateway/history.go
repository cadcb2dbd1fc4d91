package gateway

import (
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// History says how much of what an endpoint publishes is kept, see access.History.
type History = access.History

// history is what one SUB gateway keeps. Its name, the epoch, is never used again, so a place in one history is never
// taken for one in another. The feed's lock guards it.
type history struct {
	ring
	epoch    string
	prefixes []string
	born     time.Time
	counters *counters

	recording bool // the prefixes are live upstream
	started   bool // they have been
	followers map[*Subscription]struct{}

	delivered atomic.Uint64 // all up to here was handed to the subscribers
}

// newHistory returns nil when nothing is to be kept.
func newHistory(e *environment, endpoint core.Endpoint) *history {
	if e.config.History == nil {
		return nil
	}
	wanted := e.config.History(endpoint)
	if wanted.KeepsNothing() {
		return nil
	}
	wanted = wanted.WithDefaults()
	return &history{
		ring: newRing(wanted), epoch: rand.Text(), prefixes: wanted.Prefixes, born: time.Now(), counters: &e.counters,
		followers: map[*Subscription]struct{}{},
	}
}

// KeepsHistory tells whether there is a history where the bridge subscribes to endpoint.
func (f *Factory) KeepsHistory(endpoint core.Endpoint) bool {
	return f.env.config.History != nil && !f.env.config.History(endpoint).KeepsNothing()
}

// lifetime is how long a history is of use to nobody in particular; negative: for ever.
func (h *history) lifetime() time.Duration {
	if h.bounds.Age <= 0 {
		return -1
	}
	return h.bounds.Age
}

func (h *history) now() time.Duration { return time.Since(h.born) }

// keep puts a message into the history and returns its offset; 0: the history is not about such messages.
func (h *history) keep(topic []byte, body core.Body) (offset uint64) {
	if !h.about(topic) {
		return 0
	}
	defer h.account(h.len(), h.bytes)
	return h.put(body, h.now())
}

func (h *history) about(topic []byte) bool {
	for _, prefix := range h.prefixes {
		if len(prefix) <= len(topic) && string(topic[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

// account brings the gauges up to date with what has changed since there were so many messages and bytes.
func (h *history) account(messages int, bytes int64) {
	h.counters.historyMessages.Add(int64(h.len() - messages))
	h.counters.historyBytes.Add(h.bytes - bytes)
}

// forgetOld drops what is too old, also while nothing comes.
func (h *history) forgetOld() {
	defer h.account(h.len(), h.bytes)
	h.trim(h.now())
}

// forgetAll is for a gateway that is closed: what its reader still hands on is not kept.
func (h *history) forgetAll() {
	defer h.account(h.len(), h.bytes)
	h.bounds = History{}
	h.trim(h.now())
}

// interrupt notes that messages are missing from here on, because the connection was lost.
func (h *history) interrupt() {
	if h.recording {
		h.recording = false
		h.hole()
	}
}

// resume notes that the prefixes are live, for the first time or again: what came in between was not all there was. The
// hole takes a place of its own, so that a subscriber who comes now stands behind it.
func (h *history) resume() {
	if h.recording {
		return
	}
	h.recording = true
	if h.started {
		h.hole()
	}
	h.started = true
}

func (h *history) hole() {
	defer h.account(h.len(), h.bytes)
	at := h.put(nil, h.now())
	h.delivered.CompareAndSwap(at-1, at) // there is nothing to deliver
	h.counters.historyHoles.Add(1)
}

// reached is the place up to which all subscribers have been given what concerns them.
func (h *history) reached() uint64 {
	at := h.delivered.Load()
	for at+1 >= h.first && at+1 < h.next && h.at(at+1).isHole() {
		at++
	}
	return at
}

// includes tells whether the history is about all messages that begin with a prefix.
func (h *history) includes(prefix string) bool {
	for _, kept := range h.prefixes {
		if strings.HasPrefix(prefix, kept) {
			return true
		}
	}
	return false
}
