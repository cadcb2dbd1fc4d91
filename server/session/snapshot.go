package session

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Upstream is an endpoint of a socket, as it is at a moment.
type Upstream struct {
	Endpoint core.Endpoint
	Bind     bool
	Up       bool        // a backend is connected, or the bridge listens
	Refused  *core.Error // why the client may not use it; nil: it may
	Down     *core.Error // why nobody is there, if that is known
}

// Snapshot is what a session is at a moment.
type Snapshot struct {
	ID     string
	User   any    // what Host.Authenticate returned
	Remote string // address and port of the present WebSocket, or of the last one
	Agent  string // what the browser calls itself
	Origin string // of the page
	Since  time.Time
	Away   bool   // its WebSocket was lost, and it waits to be resumed
	Frames uint64 // that the client has sent
	Sent   uint64 // frames of sockets that it was sent
	Unsent int    // bytes that wait for the network
	Unread int    // frames that it has not acknowledged
	Held   int    // bytes that are held for it, wherever they are

	Sockets []SocketSnapshot
}

// SocketSnapshot is what a socket is at a moment.
type SocketSnapshot struct {
	Number        uint32
	Type          core.SocketType
	Queued        int   // messages that wait for credit, or for their turn
	Credit        int64 // messages that the client has room for
	Arrivals      int64 // messages for the client since the socket was opened
	Subscriptions int
	Upstreams     []Upstream
}

// Selection says which sessions are wanted.
type Selection struct {
	ID       string                      // "": any
	After    string                      // those with a greater ID; "": from the first one
	User     func(user any) bool         // nil: anybody's
	Endpoint func(ep core.Endpoint) bool // with such an endpoint on some socket; nil: any
	Most     int                         // how many at most
}

// Sessions describes sessions, in the order of their IDs. more says that there are others behind. It takes the lock of one after
// the other, and none for longer than that takes to look at its sockets.
func (r *Registry) Sessions(want Selection) (found []Snapshot, more bool) {
	for _, s := range r.inOrder() {
		id := s.idText()
		if id <= want.After || want.ID != "" && id != want.ID {
			continue
		}
		snapshot, fits := s.snapshot(want)
		if !fits {
			continue
		}
		if len(found) == want.Most {
			return found, true
		}
		found = append(found, snapshot)
	}
	return found, false
}

// inOrder are all sessions, by ID.
func (r *Registry) inOrder() []*session {
	sessions := r.sessions()
	ordered := make([]*session, 0, len(sessions))
	for s := range sessions {
		ordered = append(ordered, s)
	}
	slices.SortFunc(ordered, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
	return ordered
}

func (s *session) idText() string { return idText(s.id) }

func idText(id uint64) string { return fmt.Sprintf("%016x", id) }

func (s *session) snapshot(want Selection) (snapshot Snapshot, fits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || want.User != nil && !want.User(s.user) || want.Endpoint != nil && !s.uses(want.Endpoint) {
		return Snapshot{}, false
	}
	snapshot = Snapshot{ID: s.idText(), User: s.user, Remote: s.request.RemoteAddr, Agent: s.request.UserAgent(), Origin: s.request.Header.Get("Origin"),
		Since: s.registry.started.Add(s.began), Away: s.line == nil, Frames: uint64(s.read), Sent: s.engine.Sent(),
		Unsent: s.engine.Queued(), Unread: s.engine.Unacknowledged(), Held: s.costs.Held()}
	for h := range s.sockets.Values() {
		snapshot.Sockets = append(snapshot.Sockets, h.snapshot())
	}
	slices.SortFunc(snapshot.Sockets, func(a, b SocketSnapshot) int { return cmp.Compare(a.Number, b.Number) })
	return snapshot, true
}

func (s *session) uses(is func(core.Endpoint) bool) bool {
	for h := range s.sockets.Values() {
		for up := range h.socket.Upstreams() {
			if is(up.Endpoint) {
				return true
			}
		}
	}
	return false
}

func (h *Handle) snapshot() SocketSnapshot {
	return SocketSnapshot{Number: h.id, Type: h.typ, Queued: h.queue.Len(), Credit: h.queue.Credit(), Arrivals: h.queue.Arrivals(),
		Subscriptions: h.queue.SubscriptionCount(), Upstreams: slices.Collect(h.socket.Upstreams())}
}

// Disconnect ends sessions for good, with a code and a reason, and returns how many.
func (r *Registry) Disconnect(want Selection, cause *core.CloseError) (ended int) {
	for s := range r.sessions() {
		if want.ID != "" && s.idText() != want.ID || want.User != nil && !want.User(s.owner()) {
			continue
		}
		if !s.isOver() {
			s.end(cause)
			r.host.Decided(access.Decision{What: access.Disconnect, Session: s.idText()}, s.handshake(), s.owner(), cause)
			ended++
		}
	}
	return ended
}

func (s *session) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over != nil
}

func (s *session) handshake() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.request
}

func (s *session) owner() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user
}

// Census is who uses what at a moment.
type Census struct {
	Sockets  map[core.SocketType]int
	Sessions map[string]int // by the name of an endpoint that they use; "" is all that has no name
}

// Census counts all sessions, those that wait to be resumed too, and has them hand in what they have counted by endpoint.
func (r *Registry) Census() Census {
	c := Census{Sockets: map[core.SocketType]int{}, Sessions: map[string]int{}}
	for s := range r.sessions() {
		s.mu.Lock()
		names := map[string]bool{}
		for h := range s.sockets.Values() {
			c.Sockets[h.typ]++
			h.socket.HandIn()
			for up := range h.used() {
				names[up.Endpoint.Name] = true
			}
		}
		s.mu.Unlock()
		for name := range names {
			c.Sessions[name]++
		}
	}
	return c
}

// used are the endpoints that were not refused.
func (h *Handle) used() iter.Seq[Upstream] {
	return func(yield func(Upstream) bool) {
		for up := range h.socket.Upstreams() {
			if up.Refused == nil && up.Endpoint != (core.Endpoint{}) && !yield(up) {
				return
			}
		}
	}
}

// Occupancy is what clients have at the bridge at a moment.
type Occupancy struct {
	Sockets       int
	Subscriptions int
	Claims        int // endpoints that wait for what another client has
	Queued        int // messages that wait for credit, or for their turn
	QueuedBytes   int // what waits in all, with what each message costs besides its payload
}

// Occupancy adds up all sessions, those that wait to be resumed too. It takes the lock of one after the other.
func (r *Registry) Occupancy() (all Occupancy) {
	for s := range r.sessions() {
		s.mu.Lock()
		for h := range s.sockets.Values() {
			all.Queued += h.queue.Len()
		}
		all.Sockets += s.sockets.Len()
		all.Subscriptions += s.usage.Subscriptions
		all.Claims += s.usage.Claims
		all.QueuedBytes += s.outbox.Bytes() + s.engine.Queued()
		s.mu.Unlock()
	}
	return all
}

// sessions are all there are, each once: a session that is being resumed is on a line and on the list of those that wait.
func (r *Registry) sessions() map[*session]struct{} {
	sessions := map[*session]struct{}{}
	r.mu.Lock()
	for s := range maps.Values(r.lines) {
		if s != nil {
			sessions[s] = struct{}{}
		}
	}
	r.mu.Unlock()
	for _, s := range r.retention.Waiting() {
		sessions[s] = struct{}{}
	}
	return sessions
}
