package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Users is how many connections each user has at the other bridges. Each bridge tells the others what has changed, several times a second, and
// all of it to whoever has missed something. Nothing of it is kept: who is not heard of for some seconds has no connections, and so a bridge that is cut off goes by
// its own.
//
// The counts are those of some tenths of a second ago. Who connects to several bridges within that time may have one connection too many at each.
type Users struct {
	conn *Connection
	own  func(user string) int // connections at this bridge

	number uint64 // of the last message: Run's own

	mu      sync.Mutex
	changed map[string]struct{}   // users of this bridge of whom it is to be told
	here    map[string]struct{}   // users of this bridge of whom it was told
	others  map[string]*elsewhere // by ID
	held    int                   // entries of all of them
	unfit   uint64                // entries for which there was no room
	wanted  bool                  // everything is to be told
	missed  bool                  // something was missed
}

// elsewhere is what is known of one other bridge.
type elsewhere struct {
	users  map[userHash]uint32
	number uint64 // of its last message
	heard  time.Time
}

const (
	tellEvery    = 200 * time.Millisecond
	beatEvery    = 5               // in so many of those something is told, so that others know that nothing is missing
	silence      = 3 * time.Second // after which a bridge counts as gone
	wantEvery    = time.Second     // between two times that everything is asked for, or told
	mostElse     = 1_000_000       // entries of other bridges, which take 60 MB. What is more is not counted
	mostChanged  = mostElse        // users of this bridge
	waitingTales = 4 * mostMembers // messages that have yet to be read
)

// NewUsers is for a bridge that is in the cluster; own counts the connections of a user there. Run has to be called.
func NewUsers(c *Connection, own func(user string) int) *Users {
	return &Users{conn: c, own: own, changed: map[string]struct{}{}, here: map[string]struct{}{}, others: map[string]*elsewhere{}}
}

// Changed is to be called when a user of this bridge has come or gone. It does not wait.
func (u *Users) Changed(user string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.changed) < mostChanged {
		u.changed[user] = struct{}{}
	}
}

// Elsewhere is how many connections a user has at the other bridges, as far as that is known. It does not wait.
func (u *Users) Elsewhere(user string) (connections int) {
	h := hashOf(user)
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, e := range u.others {
		connections += int(e.users[h])
	}
	return connections
}

// Known is how many entries other bridges have told, and of how many bridges; unfit is for how many there was no room.
func (u *Users) Known() (entries, bridges int, unfit uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.held, len(u.others), u.unfit
}

// Run tells and hears until ctx ends, and then tells that nobody is here any more. It is called once.
func (u *Users) Run(ctx context.Context) {
	heard := make(chan *nats.Msg, waitingTales)
	subscription, err := u.conn.nats.ChanSubscribe(u.conn.subject("users"), heard)
	if err != nil {
		return // the connection is closed
	}
	defer subscription.Unsubscribe()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	changed := u.conn.Changed()
	u.wanted, u.missed = true, true
	var lastAll, lastWant time.Time
	for n := 0; ; {
		select {
		case m := <-heard:
			u.hear(m.Data, time.Now())
		case <-changed:
			changed = u.conn.Changed()
			u.startOver()
		case now := <-tick.C:
			n++
			u.forgetSilent(now)
			if u.take(&u.missed, now, &lastWant) {
				u.say(counts{kind: wantCounts})
			}
			all := u.take(&u.wanted, now, &lastAll)
			u.tell(all, n%beatEvery == 0)
		case <-ctx.Done():
			u.say(counts{kind: allCounts})
			return
		}
	}
}

// take tells whether something is to be done now, which is done once in wantEvery.
func (u *Users) take(due *bool, now time.Time, last *time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !*due || now.Sub(*last) < wantEvery || !u.conn.Up() {
		return false
	}
	*due, *last = false, now
	return true
}

// startOver is for a connection that was lost, or is there again.
func (u *Users) startOver() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.wanted, u.missed = true, true
}

// forgetSilent forgets what bridges have said that say nothing any more.
func (u *Users) forgetSilent(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, e := range u.others {
		if now.Sub(e.heard) > silence {
			u.held -= len(e.users)
			delete(u.others, id)
		}
	}
}

// hear takes a message of another bridge.
func (u *Users) hear(text []byte, now time.Time) {
	c, err := readCounts(text)
	if err != nil || c.bridge == u.conn.identity.ID {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if c.kind == wantCounts {
		u.wanted = true
	}
	e := u.others[c.bridge]
	if e == nil {
		if len(u.others) >= mostMembers {
			return
		}
		e = &elsewhere{users: map[userHash]uint32{}, number: c.number - 1}
		u.others[c.bridge] = e
		u.missed = u.missed || c.kind == someCounts // else it is about to say all
	}
	if c.number != e.number+1 {
		u.missed = true
	}
	e.number, e.heard = c.number, now
	if c.kind == allCounts {
		u.held -= len(e.users)
		clear(e.users)
	}
	u.add(e, c.users)
}

// add takes counts. The lock is held.
func (u *Users) add(e *elsewhere, users map[userHash]uint32) {
	u.held -= len(e.users)
	for h, n := range users {
		_, is := e.users[h]
		switch {
		case n == 0:
			delete(e.users, h)
		case is || u.held+len(e.users) < mostElse:
			e.users[h] = n
		default:
			u.unfit++
		}
	}
	u.held += len(e.users)
}

// tell tells what has changed, or everything. Where there is nothing to be told, it says so if a beat is due.
func (u *Users) tell(all, beat bool) {
	names := u.toBeTold(all)
	kind := someCounts
	if all {
		kind = allCounts // of the first message; the others add to it
	}
	for beat = beat || all; len(names) > 0 || beat; beat = false {
		c := counts{kind: kind, users: map[userHash]uint32{}}
		for _, user := range names[:min(len(names), mostCounts)] {
			many := max(0, u.own(user)) // without the lock: it asks the bridge
			c.users[hashOf(user)] = uint32(many)
			u.note(user, many > 0)
		}
		names, kind = names[min(len(names), mostCounts):], someCounts
		u.say(c)
	}
}

// toBeTold are the users of whom it is to be told, which counts as done.
func (u *Users) toBeTold(all bool) (names []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if all {
		for user := range u.here {
			u.changed[user] = struct{}{}
		}
	}
	for user := range u.changed {
		names = append(names, user)
	}
	clear(u.changed)
	return names
}

// note notes who is here.
func (u *Users) note(user string, here bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if here {
		u.here[user] = struct{}{}
	} else {
		delete(u.here, user)
	}
}

// say sends a message. What is not sent is missed, and told when NATS is there again.
func (u *Users) say(c counts) {
	u.number++
	c.bridge, c.number = u.conn.identity.ID, u.number
	_ = u.conn.nats.Publish(u.conn.subject("users"), c.append(nil))
}
