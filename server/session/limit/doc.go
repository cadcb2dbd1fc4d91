// Package limit is what bounds the clients of a bridge: the names of all limits, how many connections come from where (Crowd), and how many
// each user has (Users), how fast somebody may send (Throttle) and open endpoints (Opens), and how fast requests come over HTTP from where
// (Addresses).
//
// It is for package session, and Addresses for package server; the names are for whoever counts what was hit. Users and Addresses have
// locks of their own, and are called without another one. Nothing else in here is locked: a Crowd is guarded by who has it, a Throttle and
// an Opens are one goroutine's, the one that reads.
package limit
