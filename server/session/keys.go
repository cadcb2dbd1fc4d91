package session

import (
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// key is the hash of a token: what is in memory is of no use to somebody who reads it.
type key [sha256.Size]byte

// tokenSize is 192 random bits.
const tokenSize = 24

func newToken() (token []byte, k key) {
	token = make([]byte, tokenSize)
	rand.Read(token) // never fails
	return token, sha256.Sum256(token)
}

// keys of a session: of every token that its client may have. It has the first, or it has got a later one: a Welcome may
// be lost, and a Hello be overtaken by the one of the next attempt.
type keys struct {
	issued []key // at most maxIssued
	heard  bool  // the client has its token

	cutAt   time.Duration
	expired bool // to be ended as soon as possible

	allowance float64 // resumes that may follow at once
	counted   time.Duration
}

// A client may resume a session this often at once, and so many times a second for ever.
const (
	resumeBurst = 100
	resumeRate  = 20
)

// maxIssued is how many tokens may be on their way to a client that was not heard.
const maxIssued = 64

func (k *keys) mayResume(now time.Duration) bool {
	k.allowance = min(resumeBurst, k.allowance+resumeRate*(now-k.counted).Seconds())
	k.counted = now
	if k.allowance < 1 || len(k.issued) >= maxIssued {
		return false
	}
	k.allowance--
	return true
}

// unheardFor is how long a session is kept whose client was not heard after Welcome. It may have its token, and have been
// cut off before it could say so; or it never got it, and will not come back.
const unheardFor = 5 * time.Second

// retain is how long the session is kept.
func (k *keys) retain(cfg *Config) time.Duration {
	if k.heard {
		return cfg.Retain
	}
	return min(cfg.Retain, unheardFor)
}
