package gateway

// Lingering tells whether anything that was accepted waits to be sent to a backend.
func (f *Factory) Lingering() bool {
	f.mu.Lock()
	slots := make([]*slot, 0, len(f.slots))
	for _, s := range f.slots {
		slots = append(slots, s)
	}
	f.mu.Unlock()
	for _, s := range slots {
		select {
		case <-s.opened:
		default:
			continue
		}
		if l, ok := s.gateway.(lingerer); ok && l.lingers() {
			return true
		}
	}
	return false
}
