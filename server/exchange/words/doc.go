// Package words is how those say what they want who have no client of zwb.v1, and how messages are written for them: the parameters of a
// URL (Query), a message as a list of its parts in JSON (ParseParts, Writer), and a position in a history as text. They are the same at
// every door, so that who knows one knows all.
//
// It is for packages exchange, plain and zws. All of it is plain values and functions without a lock; a Writer is one goroutine's. What
// it refuses, it refuses with core.Invalid or core.TooLarge and a text for who has written it.
package words
