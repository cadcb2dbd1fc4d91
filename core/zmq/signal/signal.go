package signal

// Signal wakes goroutines that wait for a change of something that a lock guards. The lock guards the signal, too. The
// zero value is ready to use.
type Signal struct{ fired chan struct{} }

// Next returns a channel that is closed when the signal fires the next time.
func (s *Signal) Next() <-chan struct{} {
	if s.fired == nil {
		s.fired = make(chan struct{})
	}
	return s.fired
}

// Fire wakes all that wait.
func (s *Signal) Fire() {
	if s.fired != nil {
		close(s.fired)
		s.fired = nil
	}
}
