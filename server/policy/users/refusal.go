package users

import (
	"errors"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// errAbsent is what an entry says where its kind of credential is not present.
var errAbsent = errors.New("absent")

// errOthers is what an entry says of a token that is present, but is not one of its own: another entry may take it, but
// nobody gets in without it being taken.
var errOthers = errors.New("somebody else's token")

// refused is for tokens, of which a client may be able to fetch another one. A client that cannot ends with
// unauthenticated.
func refused(text string) error { return core.NewCloseError(core.CloseExpired, text) }

// unauthenticated is for everything else.
func unauthenticated(text string) error { return core.NewError(core.Unauthenticated, text) }

var (
	errMissing   = unauthenticated("credentials are missing")
	errMalformed = unauthenticated("the credentials are malformed")
	errAmbiguous = unauthenticated("there are several credentials")
	errHuge      = unauthenticated("the credentials are too large")
	errPassword  = unauthenticated("the user or the password is wrong")

	// A client comes back after these. A CloseError is no core.Error by itself, but has its code.
	errBusy   = core.NewCloseError(core.CloseOverloaded, "too many are logging in")
	errNoKeys = core.NewCloseError(core.CloseOverloaded, "the keys of the issuer cannot be had at present")
	errAway   = core.NewCloseError(core.CloseOverloaded, "the service that decides does not answer")

	errToken    = refused("the token is not valid")
	errUnknown  = refused("the token is not known here")
	errExpired  = refused("the token has expired")
	errTooEarly = refused("the token is not valid yet")
	errAudience = refused("the token is for somebody else")
	errIssuer   = refused("the token is of another issuer")
	errNoUser   = refused("the token does not name a user")
)
