package cluster

import (
	"net"
	"sync/atomic"
	"time"
)

const (
	// startTime is how long Open tries to connect, before that goes on beside everything else; startDial how long at one server.
	startTime = 500 * time.Millisecond
	startDial = 200 * time.Millisecond
)

// dialer dials NATS servers. It has little patience until the bridge has started: a server that does not answer, as one on a machine that
// is switched off, must not keep that from happening. What was not there at once is tried again, with Deadline.
type dialer struct {
	until   time.Time // Open returns by then
	started atomic.Bool
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	if d.started.Load() {
		return (&net.Dialer{Timeout: Deadline}).Dial(network, address)
	}
	by := earlier(d.until, time.Now().Add(startDial))
	c, err := (&net.Dialer{Deadline: by}).Dial(network, address)
	if err != nil {
		return nil, err
	}
	return &hasty{Conn: c, dialer: d, until: by}, nil
}

// hasty is a connection on which the server has to answer before it is too late for the start.
type hasty struct {
	net.Conn
	dialer *dialer
	until  time.Time
}

// SetDeadline implements net.Conn. The NATS library sets one for all that is said before the connection is of use, and none after that.
func (c *hasty) SetDeadline(t time.Time) error {
	if !t.IsZero() && !c.dialer.started.Load() {
		t = earlier(t, c.until)
	}
	return c.Conn.SetDeadline(t)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
