package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"
)

// Users is the service. It knows nothing of ZeroMQ, JSON or pages. Its exported methods can be called.
type Users struct {
	mu    sync.Mutex
	users map[string]Profile
}

// Profile has the keyword arguments of AddUser.
type Profile struct {
	Type string `json:"type"`
}

// Add returns the sum of two numbers. Callers write add(1, 2).
func (*Users) Add(a, b float64) float64 { return a + b }

// AddUser adds a user and returns how many there are. Callers write add_user("hugo", "secret", type="girl"). They get the text
// of an error.
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

// CanAddUser is asked before AddUser, with the same arguments. If it returns false, the call is refused.
func (*Users) CanAddUser(_, password string, _ *Profile) bool { return len(password) >= 6 }

// Names returns the names of all users, sorted. Callers write names().
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

// Count counts up to a number, every pause seconds. Callers stream it: for await (const n of client.stream('count', [10])). When they
// have enough, ctx ends.
func (*Users) Count(ctx context.Context, to int, p *Pace) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range to {
			if !yield(n) {
				return
			}
			select {
			case <-time.After(time.Duration(p.Pause * float64(time.Second))):
			case <-ctx.Done():
				return
			}
		}
	}
}

// Pace has the keyword arguments of Count.
type Pace struct {
	Pause float64 `json:"pause"`
}
