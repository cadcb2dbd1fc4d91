package account

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// Group is the accounts of one user together, which have a limit of their own. It is safe for concurrent use. What many clients
// have in common counts in full for each of them, as it does on their accounts.
type Group struct {
	pool   *Pool
	key    string
	held   atomic.Int64 // bytes, as far as its accounts have settled, but for those that were ended
	ending atomic.Int64 // what those still hold
	told   atomic.Bool  // the Pool's owner was told that it is over its limit, and nobody has looked since
	size   atomic.Int64 // of members

	members map[*Account]struct{} // the Pool's lock guards it
}

// LimitGroups gives every Group a limit. full is called when one holds more, once until Shed is called for it; it must not block,
// and the lock of an account's owner is held. To be called before the first Join.
func (p *Pool) LimitGroups(limit int, full func(*Group)) {
	p.groupFull = full
	p.groupLimit.Store(int64(limit))
}

// Join makes an account one of those that have a key, for as long as anything is held on it. end is what Shed of the Group calls,
// without a lock, as what Open was given is called by that of the Pool. Where groups have no limit, and with the key "", it
// does nothing. The owner's lock is held.
func (a *Account) Join(key string, end func()) {
	p := a.pool
	if p.groupLimit.Load() <= 0 || key == "" || a.group != nil || a.closed {
		return
	}
	p.mu.Lock()
	g := p.groups[key]
	if g == nil {
		g = &Group{pool: p, key: key, members: map[*Account]struct{}{}}
		p.groups[key] = g
	}
	g.members[a] = struct{}{}
	g.size.Store(int64(len(g.members)))
	p.mu.Unlock()
	a.group, a.endOfGroup = g, end
	g.add(a, a.size())
}

// leave takes an account out of its group. The Pool's lock is held.
func (g *Group) leave(a *Account) {
	delete(g.members, a)
	g.size.Store(int64(len(g.members)))
	if len(g.members) == 0 && g.pool.groups[g.key] == g {
		delete(g.pool.groups, g.key)
	}
}

// add is told that an account has settled.
func (g *Group) add(a *Account, n int64) {
	if a.ending {
		g.ending.Add(n)
		return
	}
	if g.held.Add(n); n > 0 {
		g.check()
	}
}

// check has somebody look after the Group if it holds too much.
func (g *Group) check() {
	if limit := g.pool.groupLimit.Load(); limit > 0 && g.held.Load() > limit && g.told.CompareAndSwap(false, true) {
		g.pool.groupFull(g)
	}
}

// tight is Pool.Tight for a user.
func (g *Group) tight() bool {
	limit := g.pool.groupLimit.Load()
	return limit > 0 && g.held.Load()+g.ending.Load() > limit+limit/16
}

// modest is Pool.Modest for a user.
func (g *Group) modest(n int) bool {
	return int64(n) <= g.pool.groupLimit.Load()/16/max(1, g.size.Load())
}

// Shed ends the largest accounts of the Group, until the others hold a good deal less than its limit.
func (g *Group) Shed() {
	g.told.Store(false)
	limit := g.pool.groupLimit.Load()
	if limit <= 0 || g.held.Load() <= limit {
		return
	}
	accounts := g.all()
	slices.SortFunc(accounts, func(a, b *Account) int { return cmp.Compare(b.size(), a.size()) })
	for _, a := range accounts {
		if g.held.Load() <= limit-limit/8 {
			return
		}
		if a.writeOff() {
			a.endOfGroup()
		}
	}
}

func (g *Group) all() (accounts []*Account) {
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	for a := range g.members {
		accounts = append(accounts, a)
	}
	return accounts
}

// Tight tells whether nothing new is to be begun on this account, see Pool.Tight: all accounts together, or those of its user, hold
// more than they should.
func (a *Account) Tight() bool { return a.pool.Tight() || a.group != nil && a.group.tight() }

// Modest tells whether so many bytes are so few that they may be begun on this account although it is Tight.
func (a *Account) Modest(n int) bool {
	return (!a.pool.Tight() || a.pool.Modest(n)) && (a.group == nil || !a.group.tight() || a.group.modest(n))
}

// Key is what Join was called with.
func (g *Group) Key() string { return g.key }

// Held is how many bytes its accounts hold, as far as they have settled.
func (g *Group) Held() int { return int(g.held.Load() + g.ending.Load()) }
