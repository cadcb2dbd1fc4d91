package main

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// join makes the configuration of a bridge of what was said. This is the place where policies and the bridge meet: what the
// file says of users, endpoints and addresses becomes hooks in here.
func join(s *settings.Settings, now *live, share web.Files, log *slog.Logger) server.Config {
	rules := now.rules
	retain := time.Duration(*s.ZMQ.Retain)
	cfg := server.Config{
		WebsocketAllowed:      func(*http.Request) error { return nil }, // the Origin is checked already, and the rules say what may be reached
		ZMQAllowed:            rules.ZMQAllowed,
		Flow:                  rules.Flow,
		Terms:                 rules.Terms,
		Named:                 rules.Named,
		Origins:               s.Origins,
		Hosts:                 hosts(s),
		NoLegacy:              !*s.ZMQ.Legacy,
		HWM:                   s.ZMQ.HWM,
		MaxConnections:        share.WebSockets,
		MaxConnectionsPerUser: s.Limits.ConnectionsPerUser,
		MaxConnectionsPerIP:   s.Limits.ConnectionsPerIP,
		MessageRate:           float64(s.Limits.Messages),
		ByteRate:              float64(s.Limits.Bytes),
		MaxSockets:            s.Limits.Sockets,
		MaxSubscriptions:      s.Limits.Subscriptions,
		MaxMessage:            int(s.Limits.Message),
		MaxQueued:             int(s.Limits.Client),
		Memory:                int(s.Limits.Memory),
		Retain:                retain,
		NoResume:              retain == 0,
		Gateway: gateway.Config{
			MaxGateways: share.Gateways,
			LastValues:  s.ZMQ.LastValues,
			History:     rules.History,
			Resolve:     rules.Resolve,
			DialAllowed: rules.DialAllowed,
			Security:    now.security,
			Log:         log,
		},
		Log: log,
	}
	if len(s.Users) > 0 {
		cfg.Authenticate, cfg.SameUser, cfg.UserKey, cfg.Waits = now.authenticate, users.Same, userKey, users.Waits
	}
	return cfg
}

// userKey is what the connections of a user are counted by. Those of nobody in particular are not.
func userKey(user any) string {
	u := users.Of(user)
	if u.Name == "" {
		return ""
	}
	return u.Issuer + "\x00" + u.Name
}

// hosts are the names under which browsers reach the bridge: those that were said, and those that it listens at.
func hosts(s *settings.Settings) []string {
	names := append([]string(nil), s.Hosts...)
	for _, address := range s.Listen {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			names = append(names, host)
		}
	}
	return names
}
