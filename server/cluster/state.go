package cluster

import "time"

// State is how the connection to NATS is.
type State struct {
	Up         bool      `json:"up"`
	Server     string    `json:"server"`     // the one that it is connected to, without secrets; "": none
	Since      time.Time `json:"since"`      // of this state
	Reconnects uint64    `json:"reconnects"` // connections that were made after one was lost
	Trouble    string    `json:"trouble"`    // why it is not up, as far as that is known
}

// State is the present one.
func (c *Connection) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Up tells whether there is a connection at the moment.
func (c *Connection) Up() bool { return c.State().Up }

// Changed is closed when the state is another one than now.
func (c *Connection) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// become notes another state, and wakes those who wait for one.
func (c *Connection) become(change func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state.Up
	change(&c.state)
	if c.state.Up != was {
		c.state.Since = time.Now().UTC()
	}
	close(c.changed)
	c.changed = make(chan struct{})
}
