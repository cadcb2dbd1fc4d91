package main

import (
	"errors"
	"slices"
	"sync"
)

// Users is the service. Nothing in it knows of ZeroMQ, JSON or pages: its exported methods are what can be called.
type Users struct {
	mu    sync.Mutex
	users map[string]Profile
}

// Profile is the keyword arguments of AddUser.
type Profile struct {
	Type string `json:"type"`
}

// Add is add(1, 2) for the caller.
func (*Users) Add(a, b float64) float64 { return a + b }

// AddUser is add_user("hugo", "secret", type="girl"). It returns how many users there are. The text of an error is what
// the caller reads.
func (u *Users) AddUser(name, _ string, p *Profile) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, taken := u.users[name]; taken {
		return 0, errors.New(name + " is taken")
	}
	if u.users == nil {
		u.users = map[string]Profile{}
	}
	u.users[name] = *p
	return len(u.users), nil
}

// CanAddUser is asked first, with the same arguments; false refuses the call.
func (*Users) CanAddUser(_, password string, _ *Profile) bool { return len(password) >= 6 }

// Names is names().
func (u *Users) Names() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	names := []string{}
	for name := range u.users {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
