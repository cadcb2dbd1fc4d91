package server

// outbox holds what the client of one socket has not granted credit for, or that the connection has not room for yet, in
// one lane or several. Each is bounded by its HWM, all of a connection by Config.MaxQueued. The session's lock guards it.
type outbox struct {
	main     lane
	own      *branches // nil: no subscription has a lane of its own
	count    int       // messages in all lanes
	arrivals int64
	messages int64 // credit
	bytes    int64 // credit; the last message may overdraw it
	active   bool  // the session has the socket on its list
}

func (o *outbox) len() int { return o.count }

func (o *outbox) sendable() bool {
	return (o.main.len() > 0 || o.own != nil && len(o.own.ready.lanes) > 0) && o.messages > 0 && o.bytes > 0
}

// next is the lane whose first message came before those of all others that may be sent. There is one.
func (o *outbox) next() *lane {
	if o.own == nil || len(o.own.ready.lanes) == 0 {
		return &o.main
	}
	l := o.own.ready.first()
	if o.main.len() > 0 && o.main.first().arrival < l.rank {
		return &o.main
	}
	return l
}

// maxGranted bounds how much of a client's credit makes room here, in messages.
const maxGranted = 1 << 16

// granted is how many queued messages wait for nothing but the writer: a burst does not hit the HWM of a page that keeps up.
func (o *outbox) granted() int {
	if o.bytes <= 0 {
		return 0
	}
	return int(min(max(o.messages, 0), maxGranted))
}

// slack is how many messages a lane may hold beyond its HWM now. Credit that other lanes wait for makes no room in this
// one, nor in one that waits for its time.
func (o *outbox) slack(l *lane) int {
	if l.interval > 0 {
		return 0
	}
	return max(0, o.granted()-(o.count-l.len()))
}

// clear forgets everything and returns how many bytes that were.
func (o *outbox) clear() int {
	size := o.main.size
	if o.own != nil {
		for _, l := range o.own.lanes {
			l.leave()
			size += l.size
		}
	}
	*o = outbox{}
	return size
}
