package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Presence is who is in the cluster. This bridge writes down that it is there, several times in the time of a lease, and reads who else is.
//
// Times are those of this machine's clock alone: a bridge is there for as long as what it writes changes.
type Presence struct {
	conn   *Connection
	bucket *bucket
	report func() Report

	mu      sync.Mutex
	members map[string]*Member
	kept    time.Time // since when this bridge has written itself down again and again, without a gap; zero: there is one
	renewed time.Time // when it last did
	trouble string    // why it cannot
	gaps    uint64    // how often it could not for longer than a lease
	gone    uint64    // how many others have left or died
}

// Member is a bridge that is there.
type Member struct {
	Report
	Heard time.Time `json:"heard"` // when its report last changed

	revision uint64
}

// mostMembers is how many bridges of a cluster are known.
const mostMembers = 256

// beats is how often a bridge reports in the time of a lease.
const beats = 4

// NewPresence is for a bridge whose state report has. Run has to be called.
func NewPresence(c *Connection, report func() Report) *Presence {
	return &Presence{conn: c, report: report, members: map[string]*Member{},
		bucket: newBucket(c, "bridges", jetstream.KeyValueConfig{Description: "zwb: bridges that are there", TTL: c.cfg.Lease, MaxValueSize: mostReport})}
}

// Run reports until ctx ends, and then takes back that the bridge is there. It is called once.
func (p *Presence) Run(ctx context.Context) {
	again := time.NewTicker(p.conn.cfg.Lease / beats)
	defer again.Stop()
	for {
		changed := p.conn.Changed()
		p.beat(ctx)
		select {
		case <-again.C:
		case <-changed:
		case <-ctx.Done():
			p.leave()
			return
		}
	}
}

// beat reports, and reads what others have reported.
func (p *Presence) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	err := p.write(ctx)
	var entries []jetstream.KeyValueEntry
	if err == nil {
		entries, err = p.bucket.all(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.renewed) > p.conn.cfg.Lease {
		p.kept = time.Time{}
	}
	if err != nil {
		p.trouble = err.Error()
		return
	}
	p.trouble, p.renewed = "", now
	if p.kept.IsZero() {
		p.kept = now
		p.gaps++
	}
	p.take(entries, now)
}

func (p *Presence) write(ctx context.Context) error {
	r := p.report()
	r.Identity = p.conn.identity
	r.Endpoints = r.Endpoints[:min(len(r.Endpoints), MostEndpoints)]
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	kv, err := p.bucket.open(ctx)
	if err != nil {
		return err
	}
	_, err = kv.Put(ctx, r.ID, value)
	return p.bucket.failed(err)
}

// take takes what was read. The lock is held.
func (p *Presence) take(entries []jetstream.KeyValueEntry, now time.Time) {
	for _, entry := range entries {
		r, err := readReport(entry.Key(), entry.Value())
		if err != nil {
			continue // whoever has written that is no bridge
		}
		switch was := p.members[r.ID]; {
		case was != nil && was.revision == entry.Revision():
		case was == nil && len(p.members) >= mostMembers && r.ID != p.conn.identity.ID:
		default:
			p.members[r.ID] = &Member{Report: r, Heard: now, revision: entry.Revision()}
		}
	}
	for id, m := range p.members {
		gone := !slices.ContainsFunc(entries, func(e jetstream.KeyValueEntry) bool { return e.Key() == id })
		if gone || now.Sub(m.Heard) > p.conn.cfg.Lease {
			delete(p.members, id)
			p.gone++
		}
	}
}

// leave takes back that this bridge is there.
func (p *Presence) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	if kv, err := p.bucket.open(ctx); err == nil {
		_ = kv.Purge(ctx, p.conn.identity.ID) // otherwise it goes with the lease
	}
}

// events counts what concerns who looks after names. settled tells that the last gap is over for so long that everybody who can take something
// over knows that this bridge is there.
func (p *Presence) events() (gaps, gone uint64, settled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gaps, p.gone, !p.kept.IsZero() && time.Since(p.kept) > p.conn.cfg.Lease
}

// isThere tells whether this bridge has reported, so that others know that it is there.
func (p *Presence) isThere() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.kept.IsZero()
}

// isAbsent asks the bucket whether a bridge that seems dead has not reported just now.
func (p *Presence) isAbsent(ctx context.Context, id string) bool {
	kv, err := p.bucket.open(ctx)
	if err != nil {
		return false
	}
	_, err = kv.Get(ctx, id)
	return errors.Is(err, jetstream.ErrKeyNotFound)
}

// Members are the bridges that are there, as far as is known: the one that has been there for longest first.
func (p *Presence) Members() []Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Member, 0, len(p.members))
	for _, m := range p.members {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Trouble is why this bridge could not report when it last tried; "": it could.
func (p *Presence) Trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

// Dead tells whether a bridge is known not to be there. known is false as long as this bridge cannot tell: it has to have been there itself
// for a lease without a gap, so that all that were cut off together with it have had the time to report again.
func (p *Presence) Dead(id string) (dead, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if m := p.members[id]; m != nil && now.Sub(m.Heard) <= p.conn.cfg.Lease && now.Sub(p.renewed) <= p.conn.cfg.Lease {
		return false, true
	}
	if p.kept.IsZero() || now.Sub(p.kept) < p.conn.cfg.Lease || now.Sub(p.renewed) > p.conn.cfg.Lease {
		return false, false
	}
	return p.members[id] == nil, true
}
