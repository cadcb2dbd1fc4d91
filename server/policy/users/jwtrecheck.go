package users

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// proofOf is the proof of a token that was verified with one of these keys: that very key; or, if keys are fetched, which
// come and go, where they come from.
func (e *jwtEntry) proofOf(t *jwt.Token, text string, keys []key) proof {
	if e.remote != nil {
		return e.remote.proof()
	}
	for _, k := range keys {
		if len(keys) == 1 || t.Method.Verify(text[:strings.LastIndexByte(text, '.')], t.Signature, k.value()) == nil {
			return k.proof()
		}
	}
	return proof{} // not reached: one of them has verified it
}

func (r *remoteKeys) proof() proof { return proofOf("fetched", r.what) }

// proof recognises a key. A public one that cannot be written is recognised by nothing.
func (k key) proof() proof {
	if k.secret != nil {
		return proofOf("secret", string(k.secret))
	}
	text, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return proof{}
	}
	return proofOf("public", string(text))
}

// still judges the claims of a token whose signature was right: its claims are all that is kept of it.
func (e *jwtEntry) still(_ *http.Request, u User) (User, error) {
	said, _ := u.Claims["iss"].(string)
	switch {
	case u.grounds.by != "jwt", e.issuer != "" && said != e.issuer:
		return User{}, errAbsent
	case !slices.Contains(e.algorithms, u.grounds.alg):
		return User{}, errToken
	case !e.has(u.grounds):
		return User{}, errKeyGone
	}
	claims := jwt.MapClaims(u.Claims)
	if err := e.validator.Validate(claims); err != nil {
		return User{}, reasonOf(err)
	}
	now, err := e.userOf(u.TokenID, claims)
	now.grounds = u.grounds
	return now, err
}

// has tells whether the entry has the key with which a token was verified, for the same algorithm.
func (e *jwtEntry) has(g grounds) bool {
	if e.remote != nil {
		return g.proof == e.remote.proof()
	}
	return slices.ContainsFunc(e.fixed, func(k key) bool { return k.does(g.alg) && k.proof() == g.proof && g.proof != proof{} })
}
