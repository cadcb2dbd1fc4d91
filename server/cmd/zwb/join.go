package main

import (
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// join makes the configuration of a bridge of what was said, listening where it was said at the start. This is the place where policies and the bridge meet: what the
// file says of users, endpoints and addresses becomes hooks in here.
func join(s *settings.Settings, listen []string, now *live.Live, share web.Files, log *slog.Logger) server.Config {
	rules := now.Rules()
	retain := time.Duration(*s.ZMQ.Retain)
	return server.Config{
		WebsocketAllowed:      func(*http.Request) error { return nil }, // the Origin is checked already, and the rules say what may be reached
		ZMQAllowed:            rules.ZMQAllowed,
		AddressesOverHTTP:     true, // where a rule says so
		Flow:                  rules.Flow,
		Terms:                 rules.Terms,
		Named:                 rules.Named,
		Reachable:             rules.Reachable,
		Origins:               s.Origins,
		Hosts:                 hosts(s.Hosts, listen),
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
		MaxMemoryPerUser:      int(s.Limits.PerUser()),
		Retain:                retain,
		NoResume:              retain == 0,
		Gateway: gateway.Config{
			MaxGateways: share.Gateways,
			LastValues:  s.ZMQ.LastValues,
			History:     rules.History,
			Sequence:    rules.Sequence,
			Memory:      rules.Memory,
			Resolve:     rules.Resolve,
			DialAllowed: rules.DialAllowed,
			Security:    now.Security,
			Log:         log,
		},
		Log:          log,
		Authenticate: now.Authenticate,
		Recheck:      now.Recheck,
		SameUser:     users.Same,
		UserKey:      users.Key,
		Waits:        users.Waits,
	}
}

// hosts are the names under which browsers reach something: those that were said, and those that it listens at.
func hosts(said, listen []string) []string {
	names := slices.Clone(said)
	for _, address := range listen {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" && !web.IsGiven(address) {
			names = append(names, host)
		}
	}
	return names
}
