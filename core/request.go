package core

// Request is a frame of that kind, for a bridge, which has many of them to handle: a Frame is much larger, and has to be empty before
// it is parsed.
type Request struct {
	Socket uint32
	ID     uint64
	Flags  uint64
	Millis uint64
	Body   Body // aliases the WebSocket message
}

// Request is the request of a Frame of that kind.
func (f *Frame) Request() Request {
	return Request{Socket: f.Socket, ID: f.ID, Flags: f.Flags, Millis: f.Millis, Body: f.Body}
}
