package main

import (
	"log/slog"
	"net"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// logins are who says who somebody is, and the gateways to a service that is asked for that.
type logins struct {
	*users.Chain
	gateways *gateway.Factory
}

// newLogins makes what the file's users say. Close ends it.
func newLogins(s *settings.Settings, log *slog.Logger) (*logins, error) {
	gateways := gateway.NewFactory(gateway.Config{Security: func(backend core.Endpoint) gateway.Security { return s.Backends[backend] }, Log: log})
	chain, err := users.New(s.Users, users.Options{IsProxy: server.FromProxy, IP: clientIP, Requester: requester{gateways}, Log: log})
	if err != nil {
		gateways.Close()
		return nil, err
	}
	return &logins{chain, gateways}, nil
}

// Close ends what runs in the background.
func (l *logins) Close() {
	l.Chain.Close()
	l.gateways.Close()
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
