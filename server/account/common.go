package account

import "sync"

// Common is the account of something that is held for nobody in particular. It is safe for concurrent use. It is never ended
// to make room, so it has a part of the Pool's limit, which should leave room for clients.
type Common struct {
	pool  *Pool
	parts int64

	mu     sync.Mutex
	charge *Charge
}

// Common opens one, which has one of so many parts of the Pool's limit.
func (p *Pool) Common(k Kind, parts int) *Common {
	c := &Common{pool: p, parts: int64(parts)}
	c.charge = p.Open(&c.mu, nil).Charge(k)
	return c
}

// Take takes so many bytes in, and tells whether there was room for them.
func (c *Common) Take(bytes int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int64(c.charge.Held()+bytes) > c.pool.limit.Load()/c.parts {
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
