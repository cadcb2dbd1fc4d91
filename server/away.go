package server

// backendWasAway notes that messages may be missing between what is queued and what comes: nobody knows how many.
func (o *outbox) backendWasAway() {
	o.main.away = true
	if o.own != nil {
		for _, l := range o.own.lanes {
			l.away = true
		}
	}
}

// backendWasAway passes the note of a message that is dropped to the next one.
func (l *lane) backendWasAway() {
	if l.len() > 0 {
		l.first().away = true
	} else {
		l.away = true
	}
}
