// Package exchange serves the endpoints of a bridge over HTTP, for whoever has no client of zwb.v1: curl, scripts, an
// EventSource. An exchange is a request of HTTP and its answer.
//
// An endpoint has a name, which stands in the path (/sub/prices), or it is an address, which stands in the query (/sub?address=tcp://10.0.0.5:5556)
// and is refused unless who decides says that addresses may be reached like this. Requests with HEAD are answered where an answer is read at once.
//
// The package is a translator, not a second bridge. For each exchange it runs a client.Client in front of a session of the
// bridge, over a connection within the process ([Conn]). So authentication, rules, limits, flow control, history and errors
// are the same as for pages: the session begins with the exchange, under the headers of the request, and ends with it.
//
// How those say what they want who call it, and how messages are written for them, is in package words, for all doors of that kind.
//
// Only the package server calls it. An exchange runs on the goroutine of its request, which owns the engine and the answer; so
// nothing here has a lock but Conn, through which that goroutine and those of the session hand each other batches. One more
// goroutine waits for the end of the session, and the exchange waits for it.
package exchange
