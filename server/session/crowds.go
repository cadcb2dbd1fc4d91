package session

import (
	"net"
	"net/netip"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// crowds are how many WebSockets come from each network address, and belong to each user. The registry's lock guards them.
type crowds struct {
	byIP, byUser map[string]int
}

func newCrowds() crowds { return crowds{byIP: map[string]int{}, byUser: map[string]int{}} }

// origin is the network address that a WebSocket is counted by; "": it is not counted. An IPv6 client has a whole network of 64
// bits to choose from. Who comes from this machine is either a proxy, which stands for many, or somebody who could do worse.
func origin(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Unmap().IsLoopback() {
		return ""
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		network, _ := addr.Prefix(64)
		return network.String()
	}
	return addr.String()
}

func add(counts map[string]int, key string, n int) {
	if key == "" {
		return
	}
	if counts[key] += n; counts[key] <= 0 {
		delete(counts, key)
	}
}

// Crowded tells whether one more WebSocket from a network address would be too many.
func (r *Registry) Crowded(remote string) bool {
	key := origin(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crowdedLocked(key)
}

func (r *Registry) crowdedLocked(key string) bool {
	return key != "" && r.cfg.MaxPerIP > 0 && r.crowds.byIP[key] >= r.cfg.MaxPerIP
}

var errCrowded = core.NewCloseError(core.CloseOverloaded, "too many connections of this user")

// belong counts the line as one of a user's. A client that goes on with its session may have left its last WebSocket without
// the bridge knowing, so it is not refused.
func (l *line) belong(user any, resumes bool) error {
	r := l.registry
	if r.cfg.MaxPerUser <= 0 || user == nil {
		return nil
	}
	key := r.host.UserKey(user)
	r.mu.Lock()
	defer r.mu.Unlock()
	if key != "" && !resumes && r.crowds.byUser[key] >= r.cfg.MaxPerUser {
		r.counters.Crowded.Add(1)
		r.counters.Hit(LimitPerUser)
		return errCrowded
	}
	l.userKey = key
	add(r.crowds.byUser, key, 1)
	return nil
}
