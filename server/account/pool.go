package account

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Pool is all accounts together. It is safe for concurrent use.
type Pool struct {
	limit atomic.Int64
	full  func()
	held  atomic.Int64 // bytes of all accounts, as far as they have settled, but for those that Shed has ended
	told  atomic.Bool  // full was called, and nobody has looked since

	ending atomic.Int64 // what those accounts still hold that Shed has ended

	shared  atomic.Int64 // what of held is kept once for many clients
	excused atomic.Int64 // how much of it, at most, goes with those accounts

	open atomic.Int64 // accounts

	groupLimit atomic.Int64 // 0: there is none
	groupFull  func(*Group)

	mu       sync.Mutex
	accounts *Account          // the first of them
	groups   map[string]*Group // that have members
}

// NewPool makes a Pool. full is called when more than limit bytes are held, once until Shed is called; it must not
// block, and the lock of an account's owner is held.
func NewPool(limit int, full func()) *Pool {
	p := &Pool{full: full, groups: map[string]*Group{}}
	p.limit.Store(int64(limit))
	return p
}

// Limit sets another limit, and that of groups. Where more is held than that, full is called as if it had just come.
func (p *Pool) Limit(limit, ofGroups int) {
	p.limit.Store(int64(limit))
	if p.counted() > int64(limit) && p.told.CompareAndSwap(false, true) {
		p.full()
	}
	p.groupLimit.Store(int64(ofGroups))
	for _, g := range p.Groups() {
		g.check()
	}
}

// Groups are all that have members, in no order.
func (p *Pool) Groups() []*Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.groups))
}

// Open opens an account, which its owner's lock guards. end is what Shed calls, without a lock: it gives back as much as can
// be given back, soon. Nil: it is not to be ended.
func (p *Pool) Open(owner sync.Locker, end func()) *Account {
	a := &Account{pool: p, owner: owner, end: end}
	p.list(a)
	return a
}

func (p *Pool) list(a *Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.next = p.accounts; a.next != nil {
		a.next.before = a
	}
	p.accounts, a.listed = a, true
	p.open.Add(1)
}

// Tight tells whether more is held than should be even for a moment: to end accounts takes time, and nothing new is to be
// begun until they have given back what they hold.
func (p *Pool) Tight() bool {
	limit := p.limit.Load()
	return p.held.Load()+p.ending.Load() > limit+limit/16
}

// Modest tells whether so many bytes are so few that somebody may begin something however short memory is: if all did, that would be
// a sixteenth of the limit. Whoever holds little does not suffer for those who hold much.
func (p *Pool) Modest(n int) bool { return int64(n) <= p.limit.Load()/16/max(1, p.open.Load()) }

// Even is one of as many parts of some bytes as there are accounts.
func (p *Pool) Even(bytes int) int { return bytes / int(max(1, p.open.Load())) }

func (p *Pool) add(n int64) {
	if p.held.Add(n); n > 0 && p.counted() > p.limit.Load() && p.told.CompareAndSwap(false, true) {
		p.full()
	}
}

// Share says that so much more, or less, is kept that many clients have on their accounts: all of it together is counted once. The
// lock of an account's owner is held.
func (p *Pool) Share(n int) {
	p.shared.Add(int64(n))
	p.add(int64(n))
}

// counted is what is held, as far as it is not about to be given back.
func (p *Pool) counted() int64 { return p.held.Load() - min(p.excused.Load(), p.shared.Load()) }

func (p *Pool) forget(a *Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !a.listed {
		return
	}
	if a.next != nil {
		a.next.before = a.before
	}
	if a.before != nil {
		a.before.next = a.next
	} else {
		p.accounts = a.next
	}
	a.before, a.next, a.listed = nil, nil, false
	p.open.Add(-1)
	if a.group != nil {
		a.group.leave(a)
	}
}

// Shed ends the largest accounts, until the others hold a good deal less than the limit. Of what is shared it takes for granted
// that it goes with the first who is ended. If it does not, Shed is called for again.
func (p *Pool) Shed() {
	p.told.Store(false)
	limit := p.limit.Load()
	if p.counted() <= limit {
		return
	}
	accounts := p.all()
	slices.SortFunc(accounts, func(a, b *Account) int { return cmp.Compare(b.size(), a.size()) })
	for _, a := range accounts {
		if p.counted() <= limit-limit/8 {
			return
		}
		if a.end != nil && a.writeOff() {
			a.end()
		}
	}
}

// writeOff takes out of the Pool's count what will be given back soon, and tells whether it was in there.
func (a *Account) writeOff() bool {
	a.owner.Lock()
	defer a.owner.Unlock()
	if a.ending {
		return false
	}
	a.ending = true
	a.pool.held.Add(-a.settled.Load())
	a.pool.ending.Add(a.settled.Load())
	if g := a.group; g != nil {
		g.held.Add(-a.size())
		g.ending.Add(a.size())
	}
	a.excuse()
	return true
}

// size is what the Pool knows of that is held.
func (a *Account) size() int64 { return a.settled.Load() + a.told.Load() }

func (p *Pool) all() []*Account {
	p.mu.Lock()
	defer p.mu.Unlock()
	accounts := make([]*Account, 0, p.open.Load())
	for a := p.accounts; a != nil; a = a.next {
		accounts = append(accounts, a)
	}
	return accounts
}

// ByKind is what all accounts hold, and what they share. It takes the lock of one owner after the other.
func (p *Pool) ByKind() (held [Kinds]int) {
	for _, a := range p.all() {
		a.owner.Lock()
		for k, n := range a.held {
			held[k] += n
		}
		a.owner.Unlock()
	}
	held[Shared] += int(p.shared.Load())
	return held
}
