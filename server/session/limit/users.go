package limit

import "sync"

// Others is what other bridges have to do with the connections of a user, where their number is limited. It is called without a lock, and must not wait.
type Others interface {
	// Elsewhere is how many connections a user (session.Host.UserKey) has at other bridges.
	Elsewhere(user string) int

	// Changed is told that a user has another number of connections here, which Users.Here has.
	Changed(user string)
}

// Users is how many connections each user has, here and at other bridges. The user "" is not counted. Anybody may call it.
type Users struct {
	others Others // nil: there are no other bridges

	mu   sync.Mutex
	here Crowd
}

// NewUsers makes a Users; others nil: there are no other bridges.
func NewUsers(others Others) *Users { return &Users{others: others, here: Crowd{}} }

// Here is how many connections a user has at this bridge, as long as their number is limited.
func (u *Users) Here(user string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.here[user]
}

// Place counts one more connection of a user, unless as many are there, or elsewhere, as may be, and tells whether it did.
func (u *Users) Place(user string, most int) bool {
	if u.others != nil && user != "" {
		most -= u.others.Elsewhere(user)
	}
	if !u.placeHere(user, most) {
		return false
	}
	u.changed(user)
	return true
}

func (u *Users) placeHere(user string, most int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if user != "" && u.here[user] >= most {
		return false
	}
	u.here.Add(user)
	return true
}

// Add counts one more connection of a user, however many there are.
func (u *Users) Add(user string) {
	u.mu.Lock()
	u.here.Add(user)
	u.mu.Unlock()
	u.changed(user)
}

// Remove counts one less.
func (u *Users) Remove(user string) {
	u.mu.Lock()
	u.here.Remove(user)
	u.mu.Unlock()
	u.changed(user)
}

func (u *Users) changed(user string) {
	if u.others != nil && user != "" {
		u.others.Changed(user)
	}
}
