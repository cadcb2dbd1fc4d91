package admin

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// Cluster is what a bridge has of the cluster that it belongs to.
type Cluster struct {
	Connection  *cluster.Connection
	Presence    *cluster.Presence
	Orders      *cluster.Orders      // nil: what is done here is done here alone
	Revocations *cluster.Revocations // nil: as above
	Users       *cluster.Users       // nil: as above
}

// ClusterAnswer is what GET /api/cluster answers.
type ClusterAnswer struct {
	Name    string           `json:"name"`
	Bridge  string           `json:"bridge"` // the ID of the one that was asked
	NATS    cluster.State    `json:"nats"`
	Trouble string           `json:"trouble"` // why this bridge cannot report to the others; what is said of them is old then
	Revoked int              `json:"revoked"` // users and tokens, which are the same at all bridges
	Users   int              `json:"users"`   // that have connections at other bridges, as those have told; one at two of them counts twice
	Bridges []cluster.Member `json:"bridges"` // those that are there, this one among them
}

func (a *admin) cluster(w http.ResponseWriter, _ *http.Request) {
	c := a.Cluster
	if c == nil {
		http.Error(w, "this bridge belongs to no cluster", http.StatusNotFound)
		return
	}
	out := ClusterAnswer{Name: c.Connection.Name(), Bridge: c.Connection.Identity().ID, NATS: c.Connection.State(), Trouble: c.Presence.Trouble(), Bridges: c.Presence.Members()}
	if list := a.revoked(); list != nil {
		out.Revoked = len(list.All())
	}
	if c.Users != nil {
		out.Users, _, _ = c.Users.Known()
	}
	if !a.judges() {
		out.Trouble = notJudging
	}
	answer(w, out)
}

// judges tells whether this bridge knows who is revoked, where there are users, and lets them in.
func (a *admin) judges() bool {
	return a.Cluster == nil || a.Cluster.Revocations == nil || a.Cluster.Revocations.Known() || a.revoked() == nil
}

const notJudging = "this bridge has not heard of its cluster yet who is revoked, and lets no users in"

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

// unsent is why the other bridges do not know yet what is done here; "": they do, or there are none.
func (c *Cluster) unsent() string {
	if c == nil || c.Revocations == nil {
		return ""
	}
	return c.trouble()
}

func (s sink) cluster(c *Cluster) {
	up := 0.0
	if c.trouble() == "" {
		up = 1
	}
	s.put(clusterUp, up)
	s.put(clusterReconnects, float64(c.Connection.State().Reconnects))
	s.put(clusterBridges, float64(len(c.Presence.Members())))
	if c.Orders != nil {
		s.put(clusterIgnored, float64(c.Orders.Refused()), "orders")
	}
	if c.Revocations != nil {
		s.put(clusterIgnored, float64(c.Revocations.Odd()), "revocations")
	}
	if c.Users != nil {
		_, _, unfit := c.Users.Known()
		s.put(clusterIgnored, float64(unfit), "users")
	}
}
