package live

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/watch"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/revoked"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Manager is told when a reload begins, and when it is over.
type Manager interface {
	Reloading()
	Ready()
}

// Live is the settings of the moment. Its methods may be called by anybody.
type Live struct {
	args    []string
	manager Manager
	log     *slog.Logger
	rules   *policy.Live
	watch   *watch.Watch // nil: files are not watched. Once Run is called, it is Run's

	Decided func(server.Decision) // is told of reloads; nil: nobody wants to know. It is set before Run

	// Prepare finds out whether all else can go by what was read, and returns what has it do so, before anybody is judged. The error
	// is why nothing is to be changed. Nil: there is nothing else. It is set before Run.
	Prepare func(*settings.Settings) (adopt func(), err error)

	// Known tells whether it is known who is revoked elsewhere. Until it is, nobody is let in who could be. Nil: it is. It is set before the bridge is there.
	Known func() bool

	started  *settings.Settings // those that the bridge was given when it started
	settings atomic.Pointer[settings.Settings]
	logins   atomic.Pointer[logins]
	pair     atomic.Pointer[tls.Certificate] // of TLS
	revoked  *revoked.List
	services *gateway.Factory // to services that say who somebody is; they outlive a reload, as those do whom they let in

	asked          chan chan<- outcome // reloads that somebody waits for
	ended          chan struct{}       // closed when Run has returned
	first          map[string]digest   // of the files with which it was started
	digests        map[string]digest   // of those that were taken last; only Run uses it
	taken, refused atomic.Uint64
	trouble        atomic.Pointer[string] // why the last file was not taken; nil: it was
	restart        atomic.Pointer[string] // what has changed, and is in force after a restart only; nil: nothing
}

// outcome is what has come of a reload.
type outcome struct {
	reloaded admin.Reloaded
	err      error
}

// New goes by settings that were read of these arguments. Run reads them anew, and Close ends it.
func New(s *settings.Settings, args []string, manager Manager, log *slog.Logger) (l *Live, err error) {
	l = &Live{args: args, manager: manager, log: log, rules: policy.NewLive(s.Policy), asked: make(chan chan<- outcome), ended: make(chan struct{}), started: s, first: digestsOf(s)}
	l.digests = l.first
	l.settings.Store(s)
	l.pair.Store(s.Pair)
	file := ""
	if s.Admin != nil {
		file = s.Admin.Revoked
	}
	if l.revoked, err = revoked.New(file); err != nil {
		return nil, fmt.Errorf("admin.revoked: %w", err)
	}
	l.services = gateway.NewFactory(gateway.Config{Security: l.Security, Log: log})
	if s.Watch {
		if l.watch, err = watch.New(log); err != nil {
			l.services.Close()
			return nil, err
		}
		l.watch.Follow(s.Files())
	}
	who, err := newLogins(s, nil, l.services, log)
	if err != nil {
		l.release()
		return nil, err
	}
	l.logins.Store(who)
	return l, nil
}

// Close ends what is asked of others. It comes after Run, and when nobody calls hooks any more.
func (l *Live) Close() {
	l.logins.Load().Close()
	l.release()
}

func (l *Live) release() {
	if l.watch != nil {
		l.watch.Close()
	}
	l.services.Close()
}

// Rules are who may reach what.
func (l *Live) Rules() *policy.Live { return l.rules }

// Authenticate is the hook of the bridge.
func (l *Live) Authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, error) {
	user, err := l.unlessRevoked(l.logins.Load().Authenticate(ctx, r, credentials))
	if err == nil && users.Of(user).Name != "" && !l.Judges() {
		return nil, errNotKnown
	}
	return user, err
}

// errNotKnown has a client come back. It is how a bridge begins that has not heard of its cluster yet.
var errNotKnown = core.NewCloseError(core.CloseOverloaded, "who is revoked cannot be found out now")

// Judges tells whether users are let in: whether it is known who is revoked, where anybody is asked who he is.
func (l *Live) Judges() bool { return l.Known == nil || l.Known() || l.Revoked() == nil }

// Recheck is the hook of the bridge.
func (l *Live) Recheck(ctx context.Context, r *http.Request, user any) (any, error) {
	return l.unlessRevoked(l.logins.Load().Recheck(ctx, r, user))
}

func (l *Live) unlessRevoked(user any, err error) (any, error) {
	if err == nil {
		err = l.revoked.Check(user)
	}
	if err != nil {
		return nil, err
	}
	return user, nil
}

// Revoked is who is not let in, whatever the credentials say; nil: nobody is asked who he is at the moment.
func (l *Live) Revoked() *revoked.List {
	if len(l.settings.Load().Users) == 0 {
		return nil
	}
	return l.revoked
}

// List is who is not let in. It is there whether somebody is asked who he is at the moment or not.
func (l *Live) List() *revoked.List { return l.revoked }

// Handler has what a stranger says about who he is taken away from requests.
func (l *Live) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.logins.Load().Handler(next).ServeHTTP(w, r) })
}

// Certificate is that of TLS. It stays when the settings have none any more, as the listeners do.
func (l *Live) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return l.pair.Load(), nil
}

// Security is how the bridge proves to a backend who it is.
func (l *Live) Security(backend core.Endpoint) gateway.Security {
	return l.settings.Load().Backends[backend]
}

// Settings are the present ones.
func (l *Live) Settings() *settings.Settings { return l.settings.Load() }

// Notes are for whoever asks whether the bridge is ready.
func (l *Live) Notes() (notes []string) {
	if trouble := l.trouble.Load(); trouble != nil {
		notes = append(notes, "the last reload changed nothing: "+*trouble)
	}
	if restart := l.restart.Load(); restart != nil {
		notes = append(notes, "a restart is needed for what has changed: "+*restart)
	}
	return notes
}

// Counts is how many reloads were taken, and how many were not.
func (l *Live) Counts() (taken, refused uint64) { return l.taken.Load(), l.refused.Load() }
