package users

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// grounds are why an entry has let somebody in, so that it can be found out whether another one still would. There is
// nothing in them by which anybody could get in.
type grounds struct {
	by    string // the kind of the entry: "jwt"
	proof proof
	alg   string // jwt: by which the signature was verified
}

// proof is the hash of what an entry has compared: a line of htpasswd, a key, the source of keys, the names of headers.
type proof [sha256.Size]byte

// proofOf keeps the parts apart.
func proofOf(parts ...string) proof {
	h := sha256.New()
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return proof(h.Sum(nil))
}

var (
	errWithdrawn = unauthenticated("this bridge does not let you in in this way any more")
	errStranger  = unauthenticated("this bridge does not let anybody in without credentials any more")
	errChanged   = unauthenticated("the user is gone, or the password is another one")
	errRenamed   = refused("the token is another user's by now")
	errKeyGone   = refused("the key of the token is not valid any more")

	// ErrShowAgain has a client come back at once with what it has, and is let in or not: without it nobody can say.
	ErrShowAgain = core.NewCloseError(core.CloseGoingAway, "the bridge asks for the credentials again")
)

// Recheck is the hook of a bridge whose users have changed: it says who somebody is by now whom a Chain of before has let in,
// with this handshake. Nothing is asked that needs the credentials, as they are not kept:
//
//   - tokens: the file still has the token, for the same user. Claims and expiry are what it says now.
//   - basic: the line of the user is the same.
//   - header: what the proxy has said with the handshake, if the names of the headers are the same.
//   - jwt: an entry still takes such a token: issuer, audience, algorithm and times, and it has the key that the signature
//     was verified with. Keys that are fetched are not compared; it counts that they come from the same place.
//   - zmq: the service is the same. It is asked about what the user has open, as for everything the user does.
//   - anonymous: the entry is there.
//
// The first entry that can say something decides. Errors are those of Authenticate.
func (c *Chain) Recheck(_ context.Context, r *http.Request, user any) (any, error) {
	if user == nil {
		for _, e := range c.entries {
			if _, open := e.(anonymous); open {
				return nil, nil
			}
		}
		return nil, errStranger
	}
	u := Of(user)
	for _, e := range c.entries {
		now, err := e.still(r, u)
		switch {
		case errors.Is(err, errAbsent):
		case err != nil:
			return nil, err
		case !Same(u, now):
			return nil, errRenamed
		default:
			return now, nil
		}
	}
	return nil, errWithdrawn
}
