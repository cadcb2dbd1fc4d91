// Package token has the tokens with which clients come back to their sessions: a Book, which finds the session of a token, and for each
// session a Ring of those that its client may have. They are plain values, and know nothing of what a session is.
//
// It is for packages session and retention. The lock of the latter guards the Book, and whatever tokens a Ring has; the session's guards all
// else of a Ring, and is held, too, while it gets or loses tokens, but for the session's first and last moments.
package token
