package web

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
)

// givenPrefix is what the address of a socket begins with that was opened before the process began.
const givenPrefix = "systemd"

// Given are sockets that were opened before the process began. Among addresses to listen on, systemd:NAME stands for those of that
// name, and systemd for all that no address names.
type Given struct {
	sockets map[string][]net.Listener
	named   map[string]bool
}

// NewGiven is for all addresses that the process will listen on. A socket that none of them takes is a mistake: whoever connects
// to it would wait for ever.
func NewGiven(sockets map[string][]net.Listener, addresses ...string) (*Given, error) {
	g := &Given{sockets: sockets, named: map[string]bool{}}
	for _, address := range addresses {
		if name, isGiven := givenName(address); isGiven {
			g.named[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sockets)) {
		if !g.named[""] && !g.named[name] {
			g.Close()
			return nil, fmt.Errorf("systemd has opened the socket %s, and nobody listens there; say listen: systemd", name)
		}
	}
	return g, nil
}

// Close closes all of them, whether they were taken or not.
func (g *Given) Close() {
	for _, list := range g.sockets {
		Listeners(list).Close()
	}
}

// Listen listens at every address, as in 127.0.0.1:8000, unix:/run/zwb.sock or systemd, or at none. A socket of Unix that nobody
// listens at any more makes room; it is removed when the listener is closed, unless it was given.
func (g *Given) Listen(addresses []string) (Listeners, error) {
	var all Listeners
	for _, address := range addresses {
		some, err := g.listen(address)
		if err != nil {
			all.Close()
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (g *Given) listen(address string) (Listeners, error) {
	name, isGiven := givenName(address)
	if !isGiven {
		l, err := listen(address)
		return Listeners{l}, err
	}
	var all Listeners
	for _, of := range slices.Sorted(maps.Keys(g.sockets)) {
		if of == name || name == "" && !g.named[of] {
			all = append(all, g.sockets[of]...)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("listen: %s: systemd has opened no such socket; is the socket unit started, and Sockets= right?", address)
	}
	return all, nil
}

// IsGiven tells whether an address stands for given sockets.
func IsGiven(address string) bool {
	_, isGiven := givenName(address)
	return isGiven
}

// givenName is the name of given sockets in an address; "" stands for all others.
func givenName(address string) (name string, isGiven bool) {
	prefix, name, _ := strings.Cut(address, ":")
	return name, prefix == givenPrefix
}
