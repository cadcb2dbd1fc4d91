// Package access says what a decision of the bridge is about: who asks (Access), how fast messages may come (Flow), what is
// kept of them (History), where their publisher counts them (Sequence), and how the bridge identifies itself to a backend (Security).
//
// It is a leaf: it imports nothing of the bridge but core, holds no state and takes no locks. The bridge (package server)
// asks its hooks with these types, rules (package server/policy) answer with them, and the parts of the bridge that act
// on an answer (server/outbox, server/gateway) read them. So a set of rules can be written, and tested, without a bridge.
package access
