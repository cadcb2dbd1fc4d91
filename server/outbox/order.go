package outbox

// Passed tells whether all has been sent that was queued until some arrival, but for what waits for its time.
func (q *Queue) Passed(arrival int64) bool {
	next := q.next()
	return next.len() == 0 || next.first().arrival > arrival
}

// Settled tells whether the client has been sent all there was for it, and told of all it does not get.
func (q *Queue) Settled() bool {
	if q.count > 0 {
		return false
	}
	for l := range q.lanes() {
		if l.missed > 0 || l.away || !l.absent.none() {
			return false
		}
	}
	return true
}

// InOrder tells whether messages leave in the order in which they came, so that a place in a history says that all before
// it has been sent. Where some are conflated or wait for their time it does not; their clients are told their places when
// nothing waits.
func (q *Queue) InOrder() bool {
	return q.main.topics == nil && (q.own == nil || q.own.conflating == 0)
}

// BackendWasAway notes that messages may be missing between what is queued and what comes: nobody knows how many.
func (q *Queue) BackendWasAway() {
	for l := range q.lanes() {
		l.away = true
	}
}

// backendWasAway passes the note of a message that is dropped on to the next one.
func (l *lane) backendWasAway() {
	if l.len() > 0 {
		l.first().away = true
	} else {
		l.away = true
	}
}
