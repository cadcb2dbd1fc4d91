package meter

// Load is what a socket holds for the backends of an endpoint, as a part of what all sockets hold for them. Its owner's lock guards it, but for what is
// told to the meter. The zero value is that of no endpoint.
type Load struct {
	meter *Meter
	most  int64 // what all may hold together; 0: there is no limit
	held  int
	told  int // what of held the meter knows
}

// loadStep is how many bytes come together before the meter is told.
const loadStep = 4 << 10

// Set says at which endpoint it is from now on, and what all sockets may hold for that together; 0: there is no limit.
func (l *Load) Set(m *Meter, most int64) {
	if l.meter != m {
		l.tell(0)
		l.meter = m
	}
	l.most = most
	l.Settle()
}

// Add is told that the socket holds more, or less for a negative number.
func (l *Load) Add(n int) {
	l.held += n
	if off := l.held - l.told; l.most > 0 || l.held == 0 || off >= loadStep || off <= -loadStep {
		l.Settle()
	}
}

// Settle tells the meter all.
func (l *Load) Settle() { l.tell(l.held) }

func (l *Load) tell(held int) {
	if l.meter != nil && held != l.told {
		l.meter.held.Add(int64(held - l.told))
		l.told = held
	}
}

// Take is Add, unless there is no room for so many bytes.
func (l *Load) Take(n int) bool {
	if l.most <= 0 {
		l.Add(n)
		return true
	}
	for { // others may take some of the same room at this moment
		all := l.meter.held.Load()
		if all+int64(n) > l.most {
			return false
		}
		if l.meter.held.CompareAndSwap(all, all+int64(n)) {
			l.held += n
			l.told += n
			return true
		}
	}
}

// Limited tells whether there is a limit to what all sockets may hold together.
func (l *Load) Limited() bool { return l.most > 0 }

// Crowded tells whether half of the room is taken.
func (l *Load) Crowded() bool { return l.most > 0 && l.meter.held.Load() > l.most/2 }

// Share is how much of a number of bytes one socket should take, so that some have room beside it.
func (l *Load) Share(bytes int) int {
	if l.most <= 0 {
		return bytes
	}
	return min(bytes, int(l.most/4))
}

// Held is how many bytes sockets hold for the backends of the endpoint, as far as that was told.
func (m *Meter) Held() int64 { return m.held.Load() }
