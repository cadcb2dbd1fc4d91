package client

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// welcomed handles the bridge's Welcome. Either the old session goes on as if nothing had happened, or a new one begins, on
// which everything is opened again. Events come out only after that, so that whoever gets one finds all sockets open.
func (c *Client) welcomed(f *core.Frame) error {
	if f.Flags&core.FlagResumed != 0 {
		if c.spilt {
			return c.giveUp(errSpilt)
		}
		c.kept = false
		c.handOver()
		c.goOn()
		c.emit(&Event{Kind: EventResumed})
		c.tellWritable()
		c.allLingered()
		return nil
	}
	c.handOver() // first, so that what is opened is judged with them
	var lost []lostRequest
	reset := c.kept
	if c.kept {
		c.kept = false
		lost = c.forget()
	}
	c.reopen()
	if reset {
		c.tellLost(lost, resetReason(f.Code))
	}
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.reportGap(c)
		}
	}
	if c.Ready() { // unless one of these events made the owner end the session
		c.emit(&Event{Kind: EventReady})
		c.allLingered()
	}
	return nil
}

// allLingered ends the sockets that have lingered for a connection, and on which nothing waits any more.
func (c *Client) allLingered() {
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			c.lingered(s)
		}
	}
}

// tellWritable tells senders that there is room again. Their Send was refused while the session was cut, and goOn has made
// room.
func (c *Client) tellWritable() {
	for _, id := range slices.Clone(c.order) {
		if s := c.sockets[id]; s != nil {
			s.tellWritable(c)
		}
	}
}

// resetReason is why the bridge began a new session.
func resetReason(code core.Code) *core.Error {
	switch code {
	case core.OK:
		return core.NewError(core.Lost, "the bridge keeps no sessions any more")
	case core.Denied:
		return &core.Error{Code: core.Denied, Text: "the session belongs to another user", Remote: true}
	}
	return &core.Error{Code: code, Text: "the bridge does not know the session any more", Remote: true}
}

// goOn sends what had to wait while the session was cut: later endpoints, requests, and messages.
func (c *Client) goOn() {
	for _, id := range slices.Clone(c.order) {
		s := c.sockets[id]
		if s == nil {
			continue
		}
		s.openRest(c)
		s.flush(c)
		s.sendQueued(c)
	}
}

// reopen opens all sockets again, with their endpoints and subscriptions, on a new session.
func (c *Client) reopen() {
	for _, id := range c.order {
		c.sockets[id].open(c)
	}
}

type lostRequest struct {
	socket  uint32
	request uint64
}

// lose ends what was under way on a session that is gone, and emits the events that tell it.
func (c *Client) lose(why *core.Error) { c.tellLost(c.forget(), why) }

// forget puts every socket into the state of one that the bridge does not know, and returns the requests that are lost.
func (c *Client) forget() (lost []lostRequest) {
	c.recovering = nil
	for _, id := range c.order {
		for _, request := range c.sockets[id].forget(c) {
			lost = append(lost, lostRequest{id, request})
		}
	}
	return lost
}

// tellLost emits EventReset and then an EventFailed for each request that is lost. The requests are not pending any more,
// so nothing that the receiver of these events does can end one of them a second time.
func (c *Client) tellLost(lost []lostRequest, why *core.Error) {
	c.emit(&Event{Kind: EventReset, Code: why.Code, Text: core.ClipText(why.Text), Remote: why.Remote})
	for _, l := range lost {
		if s := c.sockets[l.socket]; s == nil || s.closing != nil {
			continue // the receiver of an event before this one has closed the socket
		}
		c.emit(&Event{Kind: EventFailed, Socket: l.socket, ID: l.request, Code: core.Lost, Text: core.ClipText(why.Text)})
	}
	c.endFarewells()
}

// sayRecover sends Recover for sockets that were opened with a position, so that the bridge begins to deliver. It waits
// until the socket has said what it subscribes to.
func (c *Client) sayRecover() {
	if len(c.recovering) == 0 || !c.Ready() {
		return
	}
	waiting := c.recovering[:0]
	for _, id := range c.recovering {
		s := c.sockets[id]
		switch {
		case s == nil:
		case len(s.subscriptions) == 0:
			waiting = append(waiting, id)
		default:
			s.sayRecover(c)
		}
	}
	c.recovering = waiting
}
