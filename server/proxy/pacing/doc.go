// Package pacing is how fast those who send may send to an endpoint whose terms say so. What they send at once is counted together
// whatever they send it with: many sockets, many connections, one request over HTTP after the other.
//
// Package proxy asks for the Pace of a socket's sender, and package sending goes by it. Anybody may call; one mutex guards all of a Book, is held
// for a moment, and nothing is called under it. What a Slot keeps is guarded by who has it.
package pacing
