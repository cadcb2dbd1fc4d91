package admin

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

func (s sink) cluster(state cluster.State) {
	up := 0.0
	if state.Up {
		up = 1
	}
	s.put(clusterUp, up)
	s.put(clusterReconnects, float64(state.Reconnects))
}
