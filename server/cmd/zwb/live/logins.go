package live

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// logins are who gets in.
type logins struct {
	*users.Chain
	nobody  bool // is asked who he is, as there are no users in the file
	unasked bool // so it was until now
}

// newLogins makes what the file's users say, in the place of what they said before; nil: they said nothing. Close ends it; the
// gateways to a service that decides are somebody else's, for it is also asked later about those whom it has let in.
func newLogins(s *settings.Settings, before *logins, gateways *gateway.Factory, log *slog.Logger) (*logins, error) {
	l := &logins{nobody: len(s.Users) == 0}
	o := users.Options{IsProxy: server.FromProxy, IP: clientIP, Requester: Requester{gateways}, Log: log}
	if before != nil {
		o.Before, l.unasked = before.Chain, before.nobody
	}
	var err error
	l.Chain, err = users.New(s.Users, o)
	return l, err
}

// Authenticate is users.Chain.Authenticate. Where nobody is asked who he is, everybody is nobody in particular.
func (l *logins) Authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, error) {
	if l.nobody {
		return nil, nil
	}
	return l.Chain.Authenticate(ctx, r, credentials)
}

// Recheck is users.Chain.Recheck. Who was somebody and is to be nobody in particular, or has never been asked, comes back, with what
// there is to be shown.
func (l *logins) Recheck(ctx context.Context, r *http.Request, user any) (any, error) {
	if l.nobody && user == nil {
		return nil, nil
	}
	if l.nobody {
		return nil, users.ErrShowAgain
	}
	now, err := l.Chain.Recheck(ctx, r, user)
	if err != nil && user == nil && l.unasked {
		return nil, users.ErrShowAgain
	}
	return now, err
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
