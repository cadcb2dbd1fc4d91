package token

import (
	"crypto/hkdf"
	"crypto/sha256"
)

// Key is what is kept of a token. The token cannot be found from it: it is of no use to somebody who reads it but to open what another bridge is
// given of the session, as moved.Seal seals it.
type Key struct {
	Place  [sha256.Size]byte // the hash of the token, by which its session is found
	Secret [sha256.Size]byte // with which what is left for who has the token is sealed. It cannot be found from Place
}

// KeyOf is that of a token.
func KeyOf(token []byte) Key {
	k := Key{Place: sha256.Sum256(token)}
	if secret, err := hkdf.Key(sha256.New, token, nil, "zwb: a session on its way to another bridge", len(k.Secret)); err == nil { // it fails for longer keys only
		copy(k.Secret[:], secret)
	}
	return k
}
