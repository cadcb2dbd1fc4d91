// Package record has what is written down of the numbered messages and requests of a client, and judges what is missing:
// what was reported, what died with a process, and what was lost. A client writes from its own goroutines; each record has a
// lock. It imports nothing of the command.
package record
