// Package tape is a recording as a file: one that is recorded into, which nobody else does at the same time, or one that is read.
//
// Who may call it: the commands of package talk, each on one goroutine.
package tape
