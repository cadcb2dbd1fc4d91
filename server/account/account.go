package account

import (
	"sync"
	"sync/atomic"
)

// Account is what is held for one client. Its owner's lock guards it, but for what the Pool looks at.
type Account struct {
	pool   *Pool
	total  int
	shared int    // of total
	group  *Group // nil: it is in none
	closed bool   // nothing is added any more; when all is given back the account is taken off the books

	ending  bool // it was ended to make room: the Pool does not count on it any more
	listed  bool // it is among those of the Pool, whose lock guards this
	excused int  // what of shared the Pool does not count on for that

	settled atomic.Int64 // what of total, without what is shared, the Pool knows of
	told    atomic.Int64 // what of shared

	owner      sync.Locker
	end        func()
	endOfGroup func()

	// Among those of the Pool, whose lock guards this.
	before, next *Account

	held [Shared]int // of each kind, without what is shared, which the Pool has as a kind of its own
}

// step is how many bytes come together before an account settles with its Pool.
const step = 4 << 10

// Held is how many bytes are held in all.
func (a *Account) Held() int { return a.total }

// HeldAs is how many bytes are held as one kind, without what is kept once for many clients.
func (a *Account) HeldAs(k Kind) int { return a.held[k] }

// Close is told that the client is gone. What is still held for it stays on the books until it is given back.
func (a *Account) Close() {
	a.closed = true
	a.settle()
}

func (a *Account) add(k Kind, n, shared int) {
	a.held[k] += n - shared
	a.total += n
	a.shared += shared
	a.settle()
}

func (a *Account) settle() {
	unsettled := int64(a.total-a.shared) - a.settled.Load()
	untold := int64(a.shared) - a.told.Load()
	if a.closed || unsettled >= step || unsettled <= -step || untold >= step || untold <= -step {
		a.settleNow(unsettled, untold)
	}
}

func (a *Account) settleNow(unsettled, untold int64) {
	if untold != 0 {
		a.told.Store(int64(a.shared))
		a.excuse()
	}
	if unsettled != 0 {
		a.settled.Add(unsettled)
		if a.ending {
			a.pool.ending.Add(unsettled)
		} else {
			a.pool.add(unsettled)
		}
	}
	if a.group != nil {
		a.group.add(a, unsettled+untold)
	}
	if a.closed && a.total == 0 {
		a.pool.forget(a)
	}
}

// excuse is for an account that was ended: what is shared goes with it, if nobody else keeps it.
func (a *Account) excuse() {
	if a.ending {
		a.pool.excused.Add(int64(a.shared - a.excused))
		a.excused = a.shared
	}
}

// Charge is what one holder has on an account. The owner's lock guards it.
type Charge struct {
	account *Account
	kind    Kind
	held    int
	shared  int
}

// Charge opens one, with nothing on it.
func (a *Account) Charge(k Kind) *Charge { return &Charge{account: a, kind: k} }

// Open is Account.Charge for one that has a place.
func (c *Charge) Open(a *Account, k Kind) { c.account, c.kind = a, k }

// Add puts more on it, or less for a negative number.
func (c *Charge) Add(n int) {
	if n != 0 {
		c.held += n
		c.account.add(c.kind, n, 0)
	}
}

// SetShared says how much is held now, and how much of that is kept once for many clients. It counts in full for the account. All
// that is kept in this way is put on the Pool by itself, see Pool.Share.
func (c *Charge) SetShared(n, shared int) {
	if n != c.held || shared != c.shared { // mostly it is as it was, which is to cost no call
		c.change(n, shared)
	}
}

func (c *Charge) change(n, shared int) {
	moreHeld, moreShared := n-c.held, shared-c.shared
	c.held, c.shared = n, shared
	c.account.add(c.kind, moreHeld, moreShared)
}

// Set says how much is held now, and that it is for this one alone.
func (c *Charge) Set(n int) { c.SetShared(n, 0) }

// Held is how much is on it.
func (c *Charge) Held() int { return c.held }

// Become says that what is on it is held as another kind from now on.
func (c *Charge) Become(k Kind) {
	c.account.held[c.kind] -= c.held - c.shared
	c.account.held[k] += c.held - c.shared
	c.kind = k
}
