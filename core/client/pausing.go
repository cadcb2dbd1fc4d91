package client

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Pause lets go of a SUB socket for a while: the bridge forgets it, and sends nothing more. The socket keeps its endpoints and
// its subscriptions, which may change meanwhile, and where it stands in histories. It gets another number, which is the
// result, because what is under way for the old one is not to be taken for anything else. What it has delivered and was not
// consumed still counts.
func (c *Client) Pause(id uint32) (uint32, error) {
	s, err := c.socket(id)
	if err != nil {
		return 0, err
	}
	if s.typ != core.SUB {
		return 0, core.NewError(core.Invalid, "a "+s.typ.String()+" socket cannot pause")
	}
	if s.live(c) {
		if err := c.send(&core.Frame{Kind: core.KindClose, Socket: id}); err != nil {
			return 0, err
		}
	}
	c.remove(s)
	s.forget(c)
	s.paused = true
	c.lastSocket++
	s.id = c.lastSocket
	c.sockets[s.id] = s
	c.order = append(c.order, s.id)
	return s.id, nil
}

// Unpause opens a socket again that Pause has let go of. Of what was published meanwhile it gets what the bridge still has
// (EventRecovered), and where that is not all, or the bridge keeps no history, an EventGap tells it, which may come out of
// this very call.
func (c *Client) Unpause(id uint32) error {
	s, err := c.socket(id)
	if err != nil || !s.paused {
		return err
	}
	s.paused = false
	if c.speaks() && !c.leaving {
		s.open(c)
	}
	s.reportGap(c)
	return nil
}

// Resubscribe gives a subscription other terms from now on. What waits at the bridge stays, as far as the new terms let it.
// An older bridge learns the terms when the socket is opened the next time; one that does not allow them goes on as it was.
func (c *Client) Resubscribe(id uint32, subscription uint64, opts SubscribeOptions) error {
	s, err := c.socket(id)
	if err != nil {
		return err
	}
	if err := opts.check(); err != nil {
		return err
	}
	for i := range s.subscriptions {
		sub := &s.subscriptions[i]
		if sub.id != subscription || sub.opts == opts {
			continue
		}
		sub.opts = opts
		if s.live(c) && c.session.Can(core.CanResubscribe) {
			s.sendSubscribe(c, *sub)
		}
	}
	return nil
}
