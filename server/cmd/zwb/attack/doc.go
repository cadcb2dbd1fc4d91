// Package attack has tests that attack a running zwb, as SECURITY.md lists them: one file for each threat.
//
// The binary is built once. Each test runs it in a process of its own, with a zwb.yaml, and comes as a stranger does: over the
// network, with an [intruder.Intruder] that says what it likes, or with a client that is what it claims.
//
// [intruder.Intruder]: https://pkg.go.dev/github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder#Intruder
package attack
