package token

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"
)

// Size of a token in bytes: 192 random bits.
const Size = 24

func newToken() (token []byte, k Key) {
	token = make([]byte, Size)
	rand.Read(token) // never fails
	return token, KeyOf(token)
}

// Book knows sessions by their tokens.
type Book[S any] map[[sha256.Size]byte]S

// Admit takes in a session, which gets its first token.
func (b Book[S]) Admit(session S, now time.Duration) (Ring, []byte) {
	token, k := newToken()
	b[k.Place] = session
	return Ring{issued: []Key{k}, allowance: resumeBurst, counted: now}, token
}

// Find returns the session of a token that holds.
func (b Book[S]) Find(token []byte) S { return b[sha256.Sum256(token)] }

// At returns the session of a token that holds, by the place of the token.
func (b Book[S]) At(place [sha256.Size]byte) S { return b[place] }

// Renew gives a session another token. Those from the presented one on hold until the client has been heard, for the new one may get
// lost on its way.
func (b Book[S]) Renew(session S, r *Ring, presented []byte) []byte {
	token, k := newToken()
	place := sha256.Sum256(presented)
	b.retire(r, max(0, slices.IndexFunc(r.issued, func(k Key) bool { return k.Place == place })))
	r.issued = append(r.issued, k)
	b[k.Place] = session
	return token
}

// Settle makes all tokens useless but the latest.
func (b Book[S]) Settle(r *Ring) { b.retire(r, len(r.issued)-1) }

// Forget makes all tokens useless.
func (b Book[S]) Forget(r *Ring) { b.retire(r, len(r.issued)) }

// retire makes the oldest tokens useless.
func (b Book[S]) retire(r *Ring, count int) {
	for _, k := range r.issued[:count] {
		delete(b, k.Place)
	}
	r.issued = slices.Delete(r.issued, 0, count)
}
