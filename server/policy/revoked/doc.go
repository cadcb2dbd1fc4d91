// Package revoked is who is not let in until a time, whatever the credentials say: users, and single tokens.
//
// A [List] is bounded, and forgets nobody to make room: when it is full, another entry is refused. With a file it outlives
// the process. Whoever joins it with a bridge asks [List.Check] where Authenticate and Recheck of server.Config have found a
// user, and calls Bridge.JudgeUsers when an entry was added.
package revoked
