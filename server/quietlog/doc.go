// Package quietlog keeps strangers from filling the log. What a client sends ends up in some log lines, and what it does
// decides how many there are. So every text in a line is clipped, and of lines of one kind, which are those with the same
// level and message, only so many are let through; the next one says how many were left out.
//
// The package server puts it in front of the handler in its Config, and the binary in front of its own. A Handler may be
// used by everybody; one mutex guards the counts, and it is not held while a line is written.
package quietlog
