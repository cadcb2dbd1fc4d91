package natstest

import "testing"

// roads are relays between the servers of a cluster: roads[a][b] is the one by which server a reaches server b.
type roads [][]*Relay

func newRoads(t testing.TB, routes []string) roads {
	all := make(roads, len(routes))
	for a := range routes {
		all[a] = make([]*Relay, len(routes))
		for b, address := range routes {
			if a != b {
				all[a][b] = NewRelay(t, address)
			}
		}
	}
	return all
}

// StartApart is Start for servers that can be parted from each other, and that tell nobody who connects of the other ones.
func StartApart(t testing.TB, count int, more ...string) *Servers {
	t.Helper()
	s := start(t, count, true, more...)
	s.AwaitFormed()
	return s
}

// Part has a server and all others hear nothing of each other. Join ends that.
func (s *Servers) Part(i int) {
	for _, r := range s.roadsOf(i) {
		r.Stall()
	}
}

// Join is after Part.
func (s *Servers) Join(i int) {
	for _, r := range s.roadsOf(i) {
		r.Heal()
	}
}

func (s *Servers) roadsOf(i int) (all []*Relay) {
	for other := range s.roads {
		if other != i {
			all = append(all, s.roads[i][other], s.roads[other][i])
		}
	}
	return all
}

// Relays are a relay to each of the servers, for somebody who is to be parted from them, and the URLs that lead there.
func (s *Servers) Relays(t testing.TB) (relays []*Relay, urls string) {
	t.Helper()
	for i, n := range s.nodes {
		r := NewRelay(t, n.client)
		if relays = append(relays, r); i > 0 {
			urls += ","
		}
		urls += "nats://" + r.Address()
	}
	return relays, urls
}
