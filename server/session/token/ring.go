package token

import "time"

// Ring has every token that the client of a session may have. It has the first, or it has got a later one: a Welcome may be lost, and a
// Hello be overtaken by the one of the next attempt.
type Ring struct {
	issued []Key // at most maxIssued
	heard  bool  // the client has its token

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

// MayResume tells whether the client does not do so too often, and counts that it does.
func (r *Ring) MayResume(now time.Duration) bool {
	r.allowance = min(resumeBurst, r.allowance+resumeRate*(now-r.counted).Seconds())
	r.counted = now
	if r.allowance < 1 || len(r.issued) >= maxIssued {
		return false
	}
	r.allowance--
	return true
}

// Hear notes that the client was heard, which has its latest token, and tells whether there are older ones, of use to nobody.
func (r *Ring) Hear() (older bool) {
	r.heard = true
	return len(r.issued) > 1
}

// Heard tells whether the client has its token.
func (r *Ring) Heard() bool { return r.heard }

// Keys are those of all tokens that hold. The slice is valid until one is issued or retired.
func (r *Ring) Keys() []Key { return r.issued }
