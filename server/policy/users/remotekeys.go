package users

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How keys that are fetched are kept.
const (
	fresh      = 5 * time.Minute  // they are fetched again, in the background, when somebody needs them and they are older
	stale      = 24 * time.Hour   // they are believed for so long while they cannot be fetched
	fetchTime  = 10 * time.Second // of one attempt
	fetchEvery = 10 * time.Second // for keys that are not known, after a few attempts at once
	fetchBurst = 3
)

// remoteKeys are keys that somebody else has. They are fetched when they are needed: for the first time, when they have
// become old, and when a token names one that is not among them, as after a rotation; but everybody can make up names, so
// that is bounded. While they cannot be fetched, the last ones hold.
type remoteKeys struct {
	fetch func(context.Context) ([]key, error)
	what  string // for the log
	log   *slog.Logger

	ctx     context.Context // ends with the entry
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	keys    []key
	fetched time.Time
	tried   time.Time
	attempt chan struct{} // closed when the attempt that is under way has ended; nil: none is
	unknown *rate.Limiter
}

func newRemoteKeys(what string, o Options, fetch func(context.Context) ([]key, error)) *remoteKeys {
	r := &remoteKeys{fetch: fetch, what: what, log: o.Log, unknown: rate.NewLimiter(rate.Every(fetchEvery), fetchBurst)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.inherit(o.Before)
	return r
}

// inherit takes over what a Chain of before has fetched from the same place.
func (r *remoteKeys) inherit(before *Chain) {
	if before == nil {
		return
	}
	for _, e := range before.entries {
		if e, ok := e.(*jwtEntry); ok && e.remote != nil && e.remote.what == r.what {
			e.remote.mu.Lock()
			r.keys, r.fetched, r.tried = e.remote.keys, e.remote.fetched, e.remote.tried
			e.remote.mu.Unlock()
		}
	}
}

// find returns the keys that may have signed a token. It waits for an attempt to fetch them if it has none.
func (r *remoteKeys) find(ctx context.Context, id, alg string) ([]key, error) {
	found, attempt := r.look(id, alg)
	if len(found) > 0 || attempt == nil {
		return r.have(found)
	}
	select {
	case <-attempt:
	case <-ctx.Done():
		return nil, errNoKeys
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.haveLocked(candidates(r.believed(), id, alg))
}

func (r *remoteKeys) have(found []key) ([]key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.haveLocked(found)
}

// haveLocked tells apart that a key is not among those that are known, and that none are known.
func (r *remoteKeys) haveLocked(found []key) ([]key, error) {
	if len(found) == 0 && len(r.believed()) == 0 {
		return nil, errNoKeys
	}
	return found, nil
}

// look returns what is known, and an attempt that may find more.
func (r *remoteKeys) look(id, alg string) (found []key, attempt chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found = candidates(r.believed(), id, alg)
	known := len(found) > 0 && (id == "" || slices.ContainsFunc(found, func(k key) bool { return k.id == id }))
	switch {
	case r.attempt != nil:
	case known && time.Since(laterOf(r.fetched, r.tried)) < fresh:
		return found, nil
	case known && time.Since(r.tried) < fetchEvery: // fetching fails at present
	case known || r.unknown.Allow():
		r.begin()
	}
	return found, r.attempt
}

// laterOf is the later of two times.
func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// believed are the keys, unless they are too old. The lock is held.
func (r *remoteKeys) believed() []key {
	if time.Since(r.fetched) > stale {
		return nil
	}
	return r.keys
}

// begin begins an attempt, which the entry's end ends. The lock is held.
func (r *remoteKeys) begin() {
	if r.ctx.Err() != nil {
		return
	}
	done := make(chan struct{})
	r.attempt, r.tried = done, time.Now()
	r.running.Go(func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(r.ctx, fetchTime)
		defer cancel()
		keys, err := r.fetch(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.attempt = nil
		if err != nil {
			r.log.Warn("keys cannot be fetched", "from", r.what, "err", err, "known", len(r.believed()))
			return
		}
		r.keys, r.fetched = keys, time.Now()
	})
}

func (r *remoteKeys) close() {
	r.mu.Lock()
	r.cancel()
	r.mu.Unlock()
	r.running.Wait()
}
