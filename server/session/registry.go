package session

import (
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/cost"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/retention"
)

// Registry knows all sessions of a bridge: those that are on a line, and those that wait for their clients to come back.
type Registry struct {
	cfg       Config
	host      Host
	started   time.Time
	counters  count.Counters
	retention *retention.Retention[*session]
	memory    *account.Pool
	userFull  limit.Seldom // a line in the log that somebody holds too much
	moves     *moving.Desk // with other bridges
	users     *limit.Users // whose the lines are, where that is limited

	limited    atomic.Pointer[Limits]
	judgements atomic.Uint64 // how often it was asked anew about everybody

	mu      sync.Mutex
	origins limit.Crowd        // of the WebSockets
	lines   map[*line]*session // nil: no Hello yet
	fewer   chan struct{}      // closed and replaced when a line has ended
	drainBy time.Time          // zero: the bridge is not draining
	closed  bool
	running sync.WaitGroup // lines, and what runs in the background
}

// NewRegistry makes a Registry. Close ends it.
func NewRegistry(cfg Config, host Host) *Registry {
	r := &Registry{cfg: cfg, host: host, started: time.Now(),
		lines: map[*line]*session{}, origins: limit.Crowd{}, users: limit.NewUsers(cfg.Others), fewer: make(chan struct{})}
	r.limited.Store(&cfg.Limits)
	r.retention = retention.New[*session](func() (sessions, bytes int) { return r.limits().MaxConnections, cfg.RetainTotal }, &r.counters)
	r.moves = moving.NewDesk(cfg.Depot, &r.counters)
	r.memory = account.NewPool(cfg.Limits.Memory, func() { r.background(r.memory.Shed) })
	r.memory.LimitGroups(cfg.Limits.MemoryPerUser, func(g *account.Group) { r.background(g.Shed) })
	return r
}

// Counters are what the sessions count in. They may be read and written by anybody.
func (r *Registry) Counters() *count.Counters { return &r.counters }

// Memory is what is held for clients.
func (r *Registry) Memory() *account.Pool { return r.memory }

// UserConnections is how many connections a user (Host.UserKey) has, as long as their number is limited.
func (r *Registry) UserConnections(user string) int { return r.users.Here(user) }

// Waiting is how many sessions wait to be resumed.
func (r *Registry) Waiting() int { return r.retention.Count() }

// Limit sets other limits. Those of memory and of rates are for everybody who is there, those of numbers for what comes from now
// on. How large messages may be, and how long a session is kept, a session was told in Welcome, and keeps. Users are counted only as long as their number is limited.
func (r *Registry) Limit(l Limits) {
	r.limited.Store(&l)
	r.memory.Limit(l.Memory, l.MemoryPerUser)
}

// limits are the present ones.
func (r *Registry) limits() *Limits { return r.limited.Load() }

// now is the time as core wants it.
func (r *Registry) now() time.Duration { return time.Since(r.started) }

// Begin is Serve in a goroutine of its own, whose stack is not the large one that has dealt with the handshake. Close waits
// for it.
func (r *Registry) Begin(conn Conn, request *http.Request, door access.Door, keeps bool) {
	l := newLine(r, conn, cost.Slim(request), door, keeps)
	if r.enter(l) {
		go l.run()
	}
}

// Serve runs a WebSocket, or what came in by another door, until it has ended. keeps says that its client can resume a session, or leave one to be resumed.
func (r *Registry) Serve(conn Conn, request *http.Request, door access.Door, keeps bool) {
	l := newLine(r, conn, cost.Slim(request), door, keeps)
	if r.enter(l) {
		go l.run()
		<-l.done.Done()
	}
}

// Full tells whether another WebSocket would be turned away.
func (r *Registry) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fullLocked()
}

func (r *Registry) fullLocked() bool { return r.closed || len(r.lines) >= r.limits().MaxConnections }

// Crowded tells whether one more WebSocket from a network address would be too many.
func (r *Registry) Crowded(remote string) bool {
	key := limit.Origin(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.origins.Full(key, r.limits().MaxPerIP)
}

// enter finds a place for a WebSocket, or turns it away.
func (r *Registry) enter(l *line) bool {
	if !r.placed(l) {
		r.counters.Refused.Add(1)
		r.counters.Hit(limit.Connections)
		r.host.Decided(access.Decision{What: access.Connect}, l.request, nil, errFull)
		l.conn.Close(errFull.Close, errFull.Reason)
		l.cost.Close()
		return false
	}
	return true
}

var errFull = core.NewCloseError(core.CloseOverloaded, "the bridge is full or shutting down")

func (r *Registry) placed(l *line) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fullLocked() || r.origins.Full(l.origin, r.limits().MaxPerIP) {
		return false
	}
	r.lines[l] = nil
	r.origins.Add(l.origin)
	r.running.Add(1)
	r.counters.Connections.Add(1)
	r.counters.ConnectionsTotal.Add(1)
	return true
}

// placedFor is Registry.placed for a user.
func (l *line) placedFor(key string, resumes bool) bool {
	users, most := l.registry.users, l.registry.limits().MaxPerUser
	switch {
	case most <= 0:
		return true
	case resumes:
		users.Add(key)
	case !users.Place(key, most):
		return false
	}
	l.userKey = key
	return true
}

func (r *Registry) exit(l *line) {
	r.mu.Lock()
	delete(r.lines, l)
	r.origins.Remove(l.origin)
	close(r.fewer)
	r.fewer = make(chan struct{})
	r.mu.Unlock()
	r.users.Remove(l.userKey)
	r.counters.Connections.Add(-1)
	r.running.Done()
}

// Close ends every session with CloseGoingAway and waits for them.
func (r *Registry) Close() {
	r.mu.Lock()
	r.closed = true
	lines := maps.Clone(r.lines)
	r.mu.Unlock()
	r.retention.Close()
	for l, s := range lines {
		if s == nil {
			l.ctx.End()
		} else {
			s.end(core.NewCloseError(core.CloseGoingAway, drainText))
		}
	}
	r.running.Wait()
}

// background runs f in a goroutine that Close waits for. A Registry that is closing runs nothing: it ends the sessions,
// and they do it.
func (r *Registry) background(f func()) (runs bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.running.Go(f)
	return true
}
