package account

import (
	"sync"
	"sync/atomic"
)

// Account is what is held for one client. Its owner's lock guards it, but for what the Pool looks at.
type Account struct {
	pool  *Pool
	owner sync.Locker
	end   func()

	held   [Kinds]int
	total  int
	closed bool // nothing is added any more; when all is given back the account is taken off the books

	ending bool // it was ended to make room: the Pool does not count on it any more

	settled atomic.Int64 // what of total the Pool knows of
}

// step is how many bytes come together before an account settles with its Pool.
const step = 4 << 10

// Held is how many bytes are held in all.
func (a *Account) Held() int { return a.total }

// HeldAs is how many bytes are held as one kind.
func (a *Account) HeldAs(k Kind) int { return a.held[k] }

// Close is told that the client is gone. What is still held for it stays on the books until it is given back.
func (a *Account) Close() {
	a.closed = true
	a.settle()
}

func (a *Account) add(k Kind, n int) {
	a.held[k] += n
	a.total += n
	a.settle()
}

func (a *Account) settle() {
	unsettled := int64(a.total) - a.settled.Load()
	if !a.closed && unsettled < step && unsettled > -step {
		return
	}
	if unsettled != 0 {
		a.settled.Add(unsettled)
		if a.ending {
			a.pool.ending.Add(unsettled)
		} else {
			a.pool.add(unsettled)
		}
	}
	if a.closed && a.total == 0 {
		a.pool.forget(a)
	}
}

// Charge is what one holder has on an account. The owner's lock guards it.
type Charge struct {
	account *Account
	kind    Kind
	held    int
}

// Charge opens one, with nothing on it.
func (a *Account) Charge(k Kind) *Charge { return &Charge{account: a, kind: k} }

// Add puts more on it, or less for a negative number.
func (c *Charge) Add(n int) {
	if n != 0 {
		c.held += n
		c.account.add(c.kind, n)
	}
}

// Set says how much is held now.
func (c *Charge) Set(n int) { c.Add(n - c.held) }

// Held is how much is on it.
func (c *Charge) Held() int { return c.held }

// Become says that what is on it is held as another kind from now on.
func (c *Charge) Become(k Kind) {
	c.account.held[c.kind] -= c.held
	c.account.held[k] += c.held
	c.kind = k
}
