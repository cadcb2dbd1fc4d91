package token

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"
)

// key is the hash of a token: what is in memory is of no use to somebody who reads it.
type key [sha256.Size]byte

// size is 192 random bits.
const size = 24

func newToken() (token []byte, k key) {
	token = make([]byte, size)
	rand.Read(token) // never fails
	return token, sha256.Sum256(token)
}

// Book knows sessions by their tokens.
type Book[S any] map[key]S

// Admit takes in a session, which gets its first token.
func (b Book[S]) Admit(session S, now time.Duration) (Ring, []byte) {
	token, k := newToken()
	b[k] = session
	return Ring{issued: []key{k}, allowance: resumeBurst, counted: now}, token
}

// Find returns the session of a token that holds.
func (b Book[S]) Find(token []byte) S { return b[sha256.Sum256(token)] }

// Renew gives a session another token. Those from the presented one on hold until the client has been heard, for the new one may get
// lost on its way.
func (b Book[S]) Renew(session S, r *Ring, presented []byte) []byte {
	token, k := newToken()
	b.retire(r, max(0, slices.Index(r.issued, sha256.Sum256(presented))))
	r.issued = append(r.issued, k)
	b[k] = session
	return token
}

// Settle makes all tokens useless but the latest.
func (b Book[S]) Settle(r *Ring) { b.retire(r, len(r.issued)-1) }

// Forget makes all tokens useless.
func (b Book[S]) Forget(r *Ring) { b.retire(r, len(r.issued)) }

// retire makes the oldest tokens useless.
func (b Book[S]) retire(r *Ring, count int) {
	for _, k := range r.issued[:count] {
		delete(b, k)
	}
	r.issued = slices.Delete(r.issued, 0, count)
}
