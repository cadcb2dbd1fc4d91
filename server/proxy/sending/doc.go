// Package sending is about what a client sends on a socket that sends messages unasked: what waits, in which order it leaves,
// through which of the socket's ports, and what becomes of it when ports come and go and when the socket is closed. Of a REP
// socket it has the answers that backends have not taken yet.
//
// Package proxy makes a Backlog for each such socket, and gives it the ports of the socket's endpoints; and Answers for a REP.
//
// Goroutines and locks: messages are taken on the reading goroutine of the session; ports call back from goroutines of their
// own, when they have room, when a message has left, and when they give some back. The session's lock guards all of it, and
// is not held while a port is called. Methods whose names end in Locked are for callers that hold it.
package sending
