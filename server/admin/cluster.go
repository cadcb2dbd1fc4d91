package admin

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// Cluster is what a bridge has of the cluster that it belongs to.
type Cluster struct {
	Connection *cluster.Connection
	Presence   *cluster.Presence
}

// ClusterAnswer is what GET /api/cluster answers.
type ClusterAnswer struct {
	Name    string           `json:"name"`
	Bridge  string           `json:"bridge"` // the ID of the one that was asked
	NATS    cluster.State    `json:"nats"`
	Trouble string           `json:"trouble"` // why this bridge cannot report to the others; what is said of them is old then
	Bridges []cluster.Member `json:"bridges"` // those that are there, this one among them
}

func (a *admin) cluster(w http.ResponseWriter, _ *http.Request) {
	c := a.Cluster
	if c == nil {
		http.Error(w, "this bridge belongs to no cluster", http.StatusNotFound)
		return
	}
	answer(w, ClusterAnswer{c.Connection.Name(), c.Connection.Identity().ID, c.Connection.State(), c.Presence.Trouble(), c.Presence.Members()})
}

// trouble is why this bridge is without its cluster; "": it is not.
func (c *Cluster) trouble() string {
	if state := c.Connection.State(); !state.Up {
		return "NATS is away, so this bridge is without its cluster"
	}
	if why := c.Presence.Trouble(); why != "" {
		return "this bridge cannot report to its cluster: " + why
	}
	return ""
}

func (s sink) cluster(c *Cluster) {
	up := 0.0
	if c.trouble() == "" {
		up = 1
	}
	s.put(clusterUp, up)
	s.put(clusterReconnects, float64(c.Connection.State().Reconnects))
	s.put(clusterBridges, float64(len(c.Presence.Members())))
}
