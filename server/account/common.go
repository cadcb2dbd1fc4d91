package account

import "sync"

// Common is the account of something that is held for nobody in particular. It is safe for concurrent use. It is never ended
// to make room, so it has a limit of its own, which should leave room for clients.
type Common struct {
	limit int

	mu     sync.Mutex
	charge *Charge
}

// Common opens one.
func (p *Pool) Common(k Kind, limit int) *Common {
	c := &Common{limit: limit}
	c.charge = p.Open(&c.mu, nil).Charge(k)
	return c
}

// Take takes so many bytes in, and tells whether there was room for them.
func (c *Common) Take(bytes int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.charge.Held()+bytes > c.limit {
		return false
	}
	c.charge.Add(bytes)
	return true
}

// Give gives them back.
func (c *Common) Give(bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.charge.Add(-bytes)
}
