package session

// Others is what other bridges have to do with the connections of a user, where their number is limited. It is called without a lock, and must not wait.
type Others interface {
	// Elsewhere is how many connections a user has at other bridges.
	Elsewhere(user string) int

	// Changed is told that a user has another number of connections here, which UserConnections has.
	Changed(user string)
}

// UserConnections is how many connections a user (Host.UserKey) has, as long as their number is limited.
func (r *Registry) UserConnections(user string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.users[user]
}

func (r *Registry) elsewhere(user string) int {
	if r.cfg.Others == nil || user == "" {
		return 0
	}
	return r.cfg.Others.Elsewhere(user)
}

func (r *Registry) userChanged(user string) {
	if r.cfg.Others != nil && user != "" {
		r.cfg.Others.Changed(user)
	}
}
