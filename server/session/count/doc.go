// Package count has what sessions and their sockets count for those who run the bridge. server.Stats says what it means.
//
// A Registry has one Counters, and who has a session.Handle gets it from there. All of it is atomic: anybody may count and look, on
// whichever goroutine, and whatever lock he holds.
package count
