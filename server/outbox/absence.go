package outbox

// Absence is messages that never came from the publisher, as its own count says.
type Absence struct {
	Topic    []byte // of which they are; nil: nobody knows
	Messages uint64 // how many; 0: nobody knows
}

// absent is how many of them have to be told of at one place of a lane; more than maxAbsent: nobody knows how many. Every entry has one,
// so it is small.
type absent uint64

// maxAbsent is how many are told as a number, which every program can read as one.
const maxAbsent absent = 1<<53 - 1

const unknownAbsent = maxAbsent + 1

// add takes in what has to be told at the same place.
func (a *absent) add(b absent) { *a = min(*a+b, unknownAbsent) }

// number is how many are told; 0: nobody knows.
func (a absent) number() uint64 {
	if a > maxAbsent {
		return 0
	}
	return uint64(a)
}

// Absent notes what is missing between what is queued and what comes. A client that subscribes to everything is told how many
// messages, as is one that subscribes to their topic. To another it is unknown how many would have been for it.
func (q *Queue) Absent(a Absence) {
	if q.closed {
		return
	}
	told := absent(min(a.Messages, uint64(unknownAbsent)))
	if told == 0 {
		told = unknownAbsent
	}
	if a.Topic != nil {
		q.tellAbsent(q.laneOf(a.Topic), told)
		return
	}
	if q.wantsAll() {
		q.tellAbsent(q.laneOf(nil), told)
		return
	}
	for l := range q.lanes() {
		if l.id != stray && (l != &q.main || q.sharesMain()) {
			q.tellAbsent(l, unknownAbsent)
		}
	}
}

func (q *Queue) tellAbsent(l *lane, a absent) {
	l.absent.add(a)
	if l.len() == 0 {
		q.box.owe(q)
	}
}

// next is what never came in front of the first message of a lane, or behind the last one if there is none.
func (l *lane) next() *absent {
	if l.len() > 0 {
		return &l.first().absent
	}
	return &l.absent
}

// laneOf is where messages of a topic wait.
func (q *Queue) laneOf(topic []byte) *lane {
	if q.own != nil {
		if own := q.own.lane(topic); own != nil {
			return own
		}
	}
	return &q.main
}

// wantsAll tells whether a subscription is to everything.
func (q *Queue) wantsAll() bool {
	for _, prefix := range q.prefixes.All() {
		if len(prefix) == 0 {
			return true
		}
	}
	return false
}

// sharesMain tells whether a subscription has no lane of its own.
func (q *Queue) sharesMain() bool {
	if q.own == nil {
		return true
	}
	for id := range q.prefixes.Keys() {
		if q.own.lanes[id] == nil {
			return true
		}
	}
	return false
}
