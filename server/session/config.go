package session

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moving"
)

// Config is what a Registry is told. Every field but those that say so has to be set: server.Config has the defaults, and says what
// the fields mean.
type Config struct {
	Agent string // what the bridge calls itself in Welcome

	Limits Limits // with which it begins

	Heartbeat    time.Duration
	HelloTimeout time.Duration
	HookTimeout  time.Duration
	WriteTimeout time.Duration

	RetainBytes int
	RetainTotal int

	Others limit.Others // nil: there are no other bridges
	Depot  moving.Depot // where sessions wait that go to other bridges; nil: there are none

	Log *slog.Logger
}

// Limits are what of a Config may be changed while a Registry runs.
type Limits struct {
	MaxConnections int
	MaxPerIP       int // 0: no limit, as for the three below, and MemoryPerUser
	MaxPerUser     int
	MessageRate    float64
	ByteRate       float64
	MaxSockets     int
	MaxMessage     int
	MaxQueued      int
	Memory         int
	MemoryPerUser  int
	NoResume       bool
	Retain         time.Duration
}

// Host is the bridge that the sessions belong to.
type Host interface {
	// Authenticate turns the credentials of a Hello, JSON or nil, into a user, or those that are handed over later, in a session.
	// The error closes the WebSocket.
	Authenticate(ctx context.Context, r *http.Request, session string, credentials []byte) (user any, err *core.CloseError)

	// Decided is told what was decided about a client; why nil: yes. d has what it is about, and of which session; who asked is
	// in r and user. It is called without a lock.
	Decided(d access.Decision, r *http.Request, user any, why *core.CloseError)

	// Recheck is asked about a user who is there, because rules have changed: who this is now, the same user, or why nobody is
	// any more, which ends the session. r is the handshake of the present WebSocket, or of the last one.
	Recheck(ctx context.Context, r *http.Request, user any) (now any, err *core.CloseError)

	// SameUser tells whether who presents a session's token is its owner: what Authenticate returned then and now.
	SameUser(owner, user any) bool

	// UserKey is a text that is the same for the same user; "": nobody is counted by it.
	UserKey(user any) string

	// Waits tells whether sockets of a user may have to wait for somebody before it is known what the user may do.
	Waits(user any) bool

	// NewSocket makes the ZeroMQ side of a socket, of which open is the first Open; it will be handed to Handle, too. It is
	// called on the line's reading goroutine, without a lock.
	NewSocket(h *Handle, open *core.Frame) Socket
}

// Socket is the ZeroMQ side of one socket of a client.
type Socket interface {
	// Asks tells whether somebody is asked about a frame of the client, whether that is allowed. It is called as Handle is.
	Asks(f *core.Frame) bool

	// Handle acts on a frame of the client. It is called without a lock, for one frame after the other: on the line's reading
	// goroutine, or beside it, when the frame or one before it has to wait for somebody who is asked. An error ends the
	// session; a *core.CloseError says with which code.
	Handle(f *core.Frame) error

	// Upstreams are its endpoints. The lock is held, and by whoever goes through them.
	Upstreams() iter.Seq[Upstream]

	// HandIn hands in what was counted of its endpoints, because somebody wants to know. The lock is held.
	HandIn()

	// Missed tells the client of messages that are lost at another bridge, nobody knows how many, where the socket shares what comes with others.
	// The lock is held.
	Missed()

	// Judge asks anew whether what the client was allowed still is, and takes back what is not. It is called without a lock, while
	// no frame of the socket is handled. ctx ends when it should have ended.
	Judge(ctx context.Context)

	// Away is told that the client is away, and that its session waits for it. It is called without a lock, before the client
	// can come back.
	Away()

	// Release gives everything back. It is called once, without a lock, when no frame is handled any more. What the client
	// has sent is still passed on, as the farewell says.
	Release(f Farewell)
}

// Farewell is how a socket ends: how long what its client has sent may take to be passed on, and who is told.
type Farewell struct {
	Linger time.Duration // as the client has asked; 0: it leaves that to the bridge

	// Told is called once, with the session's lock held, when everything was passed on, or when the time is over: so many
	// messages were not. Nil: nobody wants to know.
	Told func(unpassed int)
}

// Tell calls Told. The lock is held.
func (f Farewell) Tell(unpassed int) {
	if f.Told != nil {
		f.Told(unpassed)
	}
}
