package outbox

import "time"

// settle puts a lane that has changed where it belongs: with those of its queue that may be sent, with those of the
// outbox that wait for their time, or with neither. The main lane is in none of these places.
func (o *Outbox) settle(l *lane) {
	ready := &l.queue.own.ready
	switch {
	case l.len() == 0:
		l.leave()
	case l.interval == 0 || l.in == ready: // once its time has come it stays: only credit is missing
		ready.put(l, l.first().arrival)
	case l.in == nil:
		o.paced.put(l, int64(l.due))
		if o.paced.first() == l {
			o.wake = true // the writer may be asleep for longer
		}
	}
}

// sent is told that a message of a lane has just been sent: the next one waits for its time.
func (o *Outbox) sent(l *lane, now time.Duration) {
	if l.interval > 0 {
		l.leave()
		l.due = now + l.interval
	}
	o.settle(l)
}

// releaseDue lets go the lanes whose time has come.
func (o *Outbox) releaseDue(now time.Duration) {
	for l := o.paced.first(); l != nil && l.due <= now; l = o.paced.first() {
		l.queue.own.ready.put(l, l.first().arrival)
		o.activate(l.queue)
	}
}
