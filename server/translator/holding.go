package translator

import "sync"

// holding is what the session accounts for of what is held here: what is being read, what a dialect keeps of it, and what the bridge
// has not taken. The session forgets the number whenever it has handled a batch, so it is told again then.
type holding struct {
	mu      sync.Mutex
	held    func(bytes int) error // nil: nobody wants to know yet
	reading int
	kept    int
	waiting int // the largest message that the bridge may not have taken yet
}

// worthIt is how large a message is that is accounted for while it waits.
const worthIt = 64 << 10

func (h *holding) tell(held func(bytes int) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = held
}

// reads is told what the message that is being read is about to take.
func (h *holding) reads(bytes int) error {
	h.mu.Lock()
	h.reading = bytes
	h.mu.Unlock()
	return h.again()
}

// handled is told that a message was handed over, and how much is kept of those before the next.
func (h *holding) handled(size, kept int) error {
	h.mu.Lock()
	same := h.reading == 0 && h.kept == kept && size < worthIt
	h.reading, h.kept = 0, kept
	if size >= worthIt {
		h.waiting = max(h.waiting, size)
	}
	h.mu.Unlock()
	if same {
		return nil
	}
	return h.again()
}

// passed is told that the bridge has everything.
func (h *holding) passed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = 0
}

// again tells the session.
func (h *holding) again() error {
	h.mu.Lock()
	held, bytes := h.held, h.reading+h.kept+h.waiting
	h.mu.Unlock()
	if held == nil {
		return nil
	}
	return held(bytes)
}
