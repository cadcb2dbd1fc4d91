package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// live is what of the settings can change while the bridge runs: who gets in, what they reach, where that is, certificates,
// and the keys for backends. A file with a mistake changes nothing.
type live struct {
	args  []string
	log   *slog.Logger
	rules *policy.Live

	settings atomic.Pointer[settings.Settings]
	logins   atomic.Pointer[users.Chain]
	services *gateway.Factory // to services that say who somebody is; they outlive a reload, as those do whom they let in

	decided func(server.Decision) // is told of a reload; nil: nobody wants to know

	mu             sync.Mutex // one reload at a time
	taken, refused atomic.Uint64
	trouble        atomic.Pointer[string] // why the last file was not taken; nil: it was
}

func newLive(s *settings.Settings, args []string, log *slog.Logger) (*live, error) {
	l := &live{args: args, log: log, rules: policy.NewLive(s.Policy)}
	l.settings.Store(s)
	l.services = gateway.NewFactory(gateway.Config{Security: l.security, Log: log})
	who, err := newLogins(s, l.services, log)
	if err != nil {
		l.services.Close()
		return nil, err
	}
	l.logins.Store(who)
	return l, nil
}

func (l *live) close() {
	l.logins.Load().Close()
	l.services.Close()
}

// authenticate is the hook of the bridge.
func (l *live) authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, error) {
	return l.logins.Load().Authenticate(ctx, r, credentials)
}

// handler has what a stranger says about who he is taken away from requests.
func (l *live) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.logins.Load().Handler(next).ServeHTTP(w, r) })
}

// certificate is that of TLS.
func (l *live) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return l.settings.Load().Pair, nil
}

// security is how the bridge proves to a backend who it is.
func (l *live) security(backend core.Endpoint) gateway.Security {
	return l.settings.Load().Backends[backend]
}

// notes are for whoever asks whether the bridge is ready.
func (l *live) notes() []string {
	if trouble := l.trouble.Load(); trouble != nil {
		return []string{"the last reload changed nothing: " + *trouble}
	}
	return nil
}

func (l *live) counts() (taken, refused uint64) { return l.taken.Load(), l.refused.Load() }

// judgeTime is how long it may take to ask anew about everything that clients have open.
const judgeTime = time.Minute

// reload reads everything anew, and has the bridge go by it.
func (l *live) reload(ctx context.Context, bridge *server.Bridge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, who, err := l.read()
	if err != nil {
		l.refused.Add(1)
		trouble := err.Error()
		l.trouble.Store(&trouble)
		l.tell(server.Decision{Code: core.Invalid.String(), Reason: trouble})
		l.log.Error("the settings were not reloaded, and nothing has changed", "err", err)
		return
	}
	if restart := needRestart(l.settings.Load(), s); len(restart) > 0 {
		l.log.Warn("some settings have changed that need a restart", "settings", strings.Join(restart, ", "))
	}
	l.settings.Store(s)
	before := l.logins.Swap(who)
	moved := l.rules.Swap(s.Policy)
	l.taken.Add(1)
	l.trouble.Store(nil)
	l.tell(server.Decision{Allowed: true})
	within, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	bridge.Moved(moved...)
	bridge.Judge(within)
	before.Close()
	l.log.Info("the settings were reloaded", "endpoints", len(s.Names), "withdrawn", bridge.Stats().Withdrawn)
}

// tell tells of a reload.
func (l *live) tell(d server.Decision) {
	if l.decided != nil {
		d.Time, d.What = time.Now(), access.Reload
		l.decided(d)
	}
}

func (l *live) read() (*settings.Settings, *users.Chain, error) {
	s, err := settings.Read("zwb serve", l.args, os.Environ(), io.Discard)
	if err != nil {
		return nil, nil, err
	}
	now := l.settings.Load()
	if (s.Pair == nil) != (now.Pair == nil) {
		return nil, nil, errors.New("tls: to begin with TLS, or to end it, needs a restart")
	}
	if (len(s.Users) == 0) != (len(now.Users) == 0) {
		return nil, nil, errors.New("users: to begin to ask who somebody is, or to end it, needs a restart")
	}
	who, err := newLogins(s, l.services, l.log)
	return s, who, err
}

// needRestart are the settings that differ, and that a bridge is given when it starts.
func needRestart(before, after *settings.Settings) (names []string) {
	for _, part := range []struct {
		name   string
		differ bool
	}{
		{"listen", !reflect.DeepEqual(before.Listen, after.Listen)},
		{"prefix", before.Prefix != after.Prefix},
		{"origins", !reflect.DeepEqual(before.Origins, after.Origins)},
		{"hosts", !reflect.DeepEqual(before.Hosts, after.Hosts)},
		{"proxies", !reflect.DeepEqual(before.Proxies, after.Proxies)},
		{"zmq", !reflect.DeepEqual(before.ZMQ, after.ZMQ)},
		{"admin", !reflect.DeepEqual(before.Admin, after.Admin)},
		{"limits", !reflect.DeepEqual(before.Limits, after.Limits)},
		{"log", !reflect.DeepEqual(before.Log, after.Log)},
		{"audit", before.Audit != after.Audit},
	} {
		if part.differ {
			names = append(names, part.name)
		}
	}
	return names
}

// reloadOn reloads whenever the process is told to, until ctx ends.
func (l *live) reloadOn(ctx context.Context, told <-chan os.Signal, bridge *server.Bridge) {
	for {
		select {
		case <-told:
			l.reload(ctx, bridge)
		case <-ctx.Done():
			return
		}
	}
}
