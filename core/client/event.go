package client

import "github.com/zmqwebbridge/zmqwebbridge/core"

// EventKind says what happened. The comment of each kind names the fields of Event that are set: "endpoint ID" means that
// ID is the number of an endpoint.
type EventKind uint8

const (
	EventReady        EventKind = iota + 1 // a session is open
	EventDraining                          // the bridge asks to leave within Millis, when nothing is outstanding; Text says why
	EventOpened                            // socket, endpoint ID: allowed, and the upstream is live
	EventRefused                           // socket, endpoint ID: refused, and it will never be opened; Code, Text
	EventDown                              // socket, endpoint ID: the backend went away or is not there; Code, Text
	EventUp                                // socket, endpoint ID: the backend is back
	EventSubscribed                        // socket, subscription ID: it is live at every backend that is up
	EventUnsubscribed                      // socket, subscription ID: the bridge ended or refused it; Code, Text
	EventMessage                           // socket, Parts: a message
	EventRequest                           // socket, request ID, Parts: a backend asks (REP)
	EventReply                             // socket, request ID, Parts: the answer
	EventFailed                            // socket, request ID: there will be no answer; ID 0: a queued message was not sent; Code, Text
	EventGap                               // socket: Missed messages are missing here (0: unknown); Code says why, OK: conflated as asked
	EventClosed                            // socket: the bridge closed it; Code, Text
	EventWritable                          // socket: Send, which was Busy, has room again
	EventResumed                           // the session goes on after a cut: nothing was lost
	EventReset                             // the session is gone, with all that the bridge knew: sockets are opened again; Code, Text
	EventTurnedAway                        // the bridge takes no client at present: connect again, but not before Millis have passed; Text
	EventRecovered                         // socket, endpoint ID: Missed is how many messages follow that the socket had missed
	EventPositioned                        // socket, endpoint ID: what follows comes after Offset in the history whose epoch Text names
	EventDisconnected                      // socket, endpoint ID: the bridge has let go of it, as asked
	EventEnded                             // socket that lingered (CloseWithin): it is gone, and Missed messages were not passed on; Code says why, if it was not for lack of time; Lost: there may be more, nobody knows
	EventExpiring                          // the credentials are valid for Millis more: SetCredentials hands over others; Code says why the last ones were refused, OK: they were not; Text
)

// Event is what a Client tells its owner. Parts and Text alias the bytes that were given to Feed, so whoever keeps them
// copies them.
type Event struct {
	Kind   EventKind
	Code   core.Code
	Socket uint32
	ID     uint64 // endpoint, subscription or request
	Missed uint64
	Millis uint64
	Text   []byte
	Parts  core.Message
	Remote bool // the bridge reported it; false if the client found it out itself

	Endpoint, Offset uint64 // place of an EventMessage in the history of an endpoint; Offset 0: the bridge keeps no history
}

// Err is the event's code and text as an error.
func (e *Event) Err() *core.Error {
	return &core.Error{Code: e.Code, Text: string(e.Text), Remote: e.Remote}
}
