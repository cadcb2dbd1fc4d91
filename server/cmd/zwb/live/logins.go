package live

import (
	"log/slog"
	"net"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// newLogins makes what the file's users say, in the place of what they said before; nil: they said nothing. Close ends it; the
// gateways to a service that decides are somebody else's, for it is also asked later about those whom it has let in.
func newLogins(s *settings.Settings, before *users.Chain, gateways *gateway.Factory, log *slog.Logger) (*users.Chain, error) {
	return users.New(s.Users, users.Options{IsProxy: server.FromProxy, IP: clientIP, Requester: Requester{gateways}, Before: before, Log: log})
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
