package server

// passed tells whether all has been sent that was queued until some arrival, but for what waits for its time.
func (o *outbox) passed(arrival int64) bool {
	next := o.next()
	return next.len() == 0 || next.first().arrival > arrival
}

// settled tells whether the client has been sent all there was for it, and told of all there was not.
func (o *outbox) settled() bool {
	if o.count > 0 || o.main.missed > 0 || o.main.away {
		return false
	}
	if o.own != nil {
		for _, l := range o.own.lanes {
			if l.missed > 0 || l.away {
				return false
			}
		}
	}
	return true
}

// inOrder tells whether messages leave in the order in which they came, so that a place in a history says that all before
// it has been sent. Where some are conflated or wait for their time it does not; their clients are told their places when
// nothing waits.
func (o *outbox) inOrder() bool {
	return o.main.topics == nil && (o.own == nil || o.own.conflating == 0)
}
