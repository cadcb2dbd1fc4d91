// Package session faces the WebSocket. A session is what a client has at the bridge: a numbered, acknowledged stream of
// frames in each direction (core.Session), the messages that wait for it (outbox.Outbox), and its sockets. It outlives its
// line, which is one WebSocket: when that is cut the session is kept for a while, and the client goes on with it over
// another one.
//
// What a socket does on the ZeroMQ side is no business of this package. It calls a Socket, which package proxy
// implements, and gives it a Handle: the socket's place in the session. What it needs to know of the bridge stands in
// Config, and in Host. Others see of a session no more than that Handle, and the Registry that has all sessions; beside
// these two, what is exported is what their methods take and return.
//
// What can be said without a session is in packages below: aside has what waits while somebody is asked, cost the accounts, token what
// clients come back with, and limit what bounds them. Two see of a session an interface of theirs, which it implements here: moving has it
// go on at another bridge (leaving.go), which makes it again there (arriving.go), and retention ends those whose clients do not come back
// (resume.go).
//
// Goroutines: each line has one that reads. Frames are handled on it, without the lock, but for those that wait for a decision:
// these have a goroutine of their socket for as long, and the reading one does not touch that socket meanwhile. Whoever has something for the client
// writes it, under the session's lock, as far as the network takes it at once; another goroutine waits for the network, while
// there is something that it did not take.
// Everybody else, gateways above all, comes from goroutines of their own and goes through a Handle. The session's lock
// guards the engine, the outbox, and whatever sockets put under it with Handle.Lock; it is not held while anything is
// waited for. The lock of the Registry, and that of its retention, may be taken while a session's is held, never the
// other way round.
package session
