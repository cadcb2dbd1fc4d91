package zmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Reason says why credentials are asked for.
type Reason string

const (
	ReasonConnect Reason = "connect" // for a connection
	ReasonExpired Reason = "expired" // those that the bridge has are about to expire, or have expired
	ReasonRefused Reason = "refused" // the bridge did not accept the last ones, and others may do
)

// Credentials that nobody gets, or that the bridge refuses, are not asked for again for ever.
const (
	maxMissing  = 20
	maxRefusals = 3
)

// askAgain is the pause before credentials are asked for again while a connection goes on, doubled each time.
const askAgain, askAgainMost = time.Second, 30 * time.Second

// credentials is where a Context has its credentials from.
type credentials struct {
	get   func(context.Context, Reason) (any, error) // nil: they are what they are
	renew chan Reason                                // asks the connection's renewer for others; capacity 1

	// Guarded by the Context's lock.
	reason   Reason
	missing  int // how often in a row there were none
	refusals int // how often in a row the bridge did not accept them
}

// credentials of the options, and the value of those that are there from the beginning. Only one of the four may be set.
func (o Options) credentials() (c credentials, first any, err error) {
	c = credentials{get: o.GetCredentials, renew: make(chan Reason, 1), reason: ReasonConnect}
	given := 0
	for _, is := range []bool{o.Credentials != nil, o.Token != "", o.GetCredentials != nil, o.GetToken != nil} {
		if is {
			given++
		}
	}
	if given > 1 {
		return c, nil, core.NewError(core.Invalid, "only one of Credentials, Token, GetCredentials and GetToken can be set")
	}
	first = o.Credentials
	if o.Token != "" {
		first = tokenOf(o.Token)
	}
	if o.GetToken != nil {
		c.get = func(ctx context.Context, why Reason) (any, error) {
			token, err := o.GetToken(ctx, why)
			if err == nil && token == "" {
				err = core.NewError(core.Internal, "GetToken returned no token")
			}
			return tokenOf(token), err
		}
	}
	return c, first, nil
}

// tokenOf is a token as credentials.
func tokenOf(token string) any { return map[string]string{"token": token} }

// present asks for what the next connection is to present.
func (c *Context) present(ctx context.Context) error {
	if c.credentials.get == nil {
		return nil
	}
	c.mu.Lock()
	why := c.credentials.reason
	c.mu.Unlock()
	err := c.ask(ctx, why)
	c.mu.Lock()
	defer c.unlock()
	if err == nil {
		c.credentials.missing = 0
		return nil
	}
	if c.credentials.missing++; c.credentials.missing >= maxMissing {
		return core.NewError(core.Unauthenticated, err.Error())
	}
	return err
}

// ask asks the application, and hands what it says to the engine. It does not wait for an application that ignores ctx.
func (c *Context) ask(ctx context.Context, why Reason) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.RequestTimeout)
	defer cancel()
	answer := make(chan error, 1)
	var said any
	go func() { // ends with the application's function
		value, err := c.credentials.get(ctx, why)
		said = value
		answer <- err
	}()
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = gaveUp(ctx)
	}
	if err == nil {
		err = c.SetCredentials(said)
	}
	if err != nil {
		return fmt.Errorf("no credentials: %w", err)
	}
	return nil
}

// expires is told that the credentials expire, or that those which were handed over were refused. The caller holds the lock.
func (c *Context) expires(e *client.Event) {
	why := ReasonExpired
	if e.Code != core.OK {
		why = ReasonRefused
		c.credentials.refusals++
	} else {
		c.credentials.refusals = 0
	}
	if c.credentials.get == nil || c.credentials.refusals > maxRefusals {
		return // the bridge ends the connection when the time is over
	}
	select {
	case c.credentials.renew <- why:
	default: // it is asking already
	}
}

// renewer asks for other credentials when they are wanted, until the connection ends.
func (c *Context) renewer(ctx context.Context) {
	for {
		select {
		case why := <-c.credentials.renew:
			pause := backoff{least: askAgain, most: askAgainMost}
			if why == ReasonRefused && !sleep(ctx, pause.next()) {
				return
			}
			for c.ask(ctx, why) != nil {
				if !sleep(ctx, pause.next()) {
					return
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// sleep tells whether the time has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// fresh prepares for a connection: nothing of the last one is asked any more.
func (c *credentials) fresh() {
	select {
	case <-c.renew:
	default:
	}
}

// ended notes why a connection ended, and so why credentials are asked for next. It tells whether to ask at all. The caller
// holds the lock.
func (c *credentials) ended(why error, welcomed bool) (again bool) {
	var closed *core.CloseError
	if !errors.As(why, &closed) || closed.Close != core.CloseExpired {
		c.reason = ReasonConnect
		return true
	}
	c.reason = ReasonExpired
	if !welcomed {
		c.reason = ReasonRefused
		c.refusals++
	}
	return c.get != nil && c.refusals <= maxRefusals
}
