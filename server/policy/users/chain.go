package users

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Options are what a Chain needs of whoever joins it with a bridge. The zero value works for entries that need nothing.
type Options struct {
	// IsProxy tells whether a request comes directly from one of the proxies that are trusted. Nil: none is.
	IsProxy func(*http.Request) bool

	// IP is the address of the client, for the question over ZeroMQ. Nil: the address of the other end of the connection.
	IP func(*http.Request) string

	// Requester asks over ZeroMQ. Nil: an entry zmq is a mistake.
	Requester Requester

	// Before is the Chain in whose place the new one is put: what it has fetched need not be fetched again, and serves while it
	// cannot be. Nil: there is none.
	Before *Chain

	Log *slog.Logger // default slog.Default()
}

func (o Options) withDefaults() Options {
	if o.IsProxy == nil {
		o.IsProxy = func(*http.Request) bool { return false }
	}
	if o.IP == nil {
		o.IP = func(r *http.Request) string {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				return ""
			}
			return host
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// Chain is entries that are asked one after the other. It is safe for concurrent use.
type Chain struct {
	entries []entry
	headers []string // that are removed unless a proxy says them
	isProxy func(*http.Request) bool
}

// entry is one way to say who one is. identify fails with errAbsent, errOthers, or for good. still says who somebody is by
// now whom an entry of before has let in, and that without the credentials; it fails with errAbsent, too.
type entry interface {
	identify(ctx context.Context, p *presented) (any, error)
	still(r *http.Request, u User) (User, error)
	close()
}

// New makes a Chain of the entries of a file. The error is all mistakes there are, of the entries and of the files that they
// name: it joins a *Mistake for each. Nothing is fetched before somebody asks for it. Close ends what runs in the background.
func New(entries []config.User, o Options) (*Chain, error) {
	o = o.withDefaults()
	c := &Chain{isProxy: o.IsProxy}
	var mistakes []error
	for i, wanted := range entries {
		made, err := c.entry(wanted, o)
		if err != nil {
			mistakes = append(mistakes, &Mistake{i, err})
			continue
		}
		c.entries = append(c.entries, made)
	}
	if err := errors.Join(mistakes...); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Mistake is what is wrong with an entry.
type Mistake struct {
	Entry int // its index
	Err   error
}

// Error is part of error.
func (m *Mistake) Error() string { return fmt.Sprintf("users[%d]: %v", m.Entry, m.Err) }

// Unwrap is for errors.Is and errors.As.
func (m *Mistake) Unwrap() error { return m.Err }

func (c *Chain) entry(u config.User, o Options) (entry, error) {
	switch {
	case u.JWT != nil:
		return newJWT(*u.JWT, o)
	case u.Header != nil:
		c.headers = append(c.headers, u.Header.User, u.Header.Groups)
		return newHeader(*u.Header, o)
	case u.Basic != nil:
		return newBasic(*u.Basic)
	case u.Tokens != nil:
		return newTokens(*u.Tokens, o)
	case u.ZMQ != nil:
		return newAsker(*u.ZMQ, o)
	case u.Anonymous != nil:
		return anonymous{}, nil
	}
	return nil, errors.New("an entry names one kind of user")
}

// Close ends what runs in the background, and waits for it.
func (c *Chain) Close() {
	for _, e := range c.entries {
		e.close()
	}
}

// unlessWrong is a user as identify returns it.
func unlessWrong(u User, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Authenticate is the hook of a bridge: it turns what a client shows, in its handshake and in Hello, into a [User], or into
// nil for somebody whom the entry anonymous lets in. Errors are a *core.Error, or a *core.CloseError with CloseExpired for
// a token that is not accepted, so that a client that can fetches another one.
func (c *Chain) Authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, error) {
	p, err := read(r, credentials)
	if err != nil {
		return nil, err
	}
	notTaken := false
	for _, e := range c.entries {
		if _, last := e.(anonymous); last && notTaken {
			break // who shows a token is not let in without it
		}
		user, err := e.identify(ctx, &p)
		switch {
		case errors.Is(err, errAbsent):
		case errors.Is(err, errOthers):
			notTaken = true
		case err != nil:
			return nil, err
		default:
			return user, nil
		}
	}
	if notTaken {
		return nil, errUnknown
	}
	return nil, errMissing
}

// anonymous lets everybody in.
type anonymous struct{}

func (anonymous) identify(context.Context, *presented) (any, error) { return nil, nil }
func (anonymous) still(*http.Request, User) (User, error)           { return User{}, errAbsent }
func (anonymous) close()                                            {}
