// Package outbox holds the messages that wait for one client, and decides what happens when they are too many.
//
// A client grants credit for each of its sockets: so many messages, so many bytes. What comes beyond that waits in the
// socket's Queue, which has a main lane and a lane for each subscription with terms of its own (an overflow policy, a
// rate). Each lane is bounded by its high-water mark, all queues of a client together by a number of bytes. Fill moves
// what may be sent into a Sink, which is the client's core.Session.
//
// Everything here is a plain value: it starts no goroutine, takes no lock, does no I/O, and the time comes in as an
// argument. Package session owns one Outbox for each of its sessions and guards it, and all Queues, with the session's
// lock. What a call has set off comes back as a Verdict, as Counts, and as Wakes: the session then wakes its writer,
// counts, and closes what has to be closed.
package outbox
