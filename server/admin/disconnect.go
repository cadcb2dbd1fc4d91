package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// DisconnectAnswer is what a disconnect answers. Of a bridge without a cluster it is the number alone.
type DisconnectAnswer struct {
	Ended   int              `json:"ended"`             // sessions, at all bridges that have answered
	Bridges []BridgeEnded    `json:"bridges,omitempty"` // the others of the cluster that have
	Silent  []cluster.Silent `json:"silent,omitempty"`  // those that have not: what they have may go on
}

// BridgeEnded is how many sessions have ended at another bridge.
type BridgeEnded struct {
	Bridge  string `json:"bridge"`
	Host    string `json:"host"`
	Ended   int    `json:"ended"`
	Refused string `json:"refused,omitempty"` // why it has done nothing
}

// disconnectTime is how long other bridges have for it.
const disconnectTime = 10 * time.Second

// disconnect ends a session, or all of a user, wherever in the cluster they are.
func (a *admin) disconnect(w http.ResponseWriter, r *http.Request) {
	request := struct {
		Reason string `json:"reason"`
		Return bool   `json:"return"` // the client may come back at once
	}{Reason: "disconnected by the operator of the bridge"}
	if !read(w, r, &request) {
		return
	}
	f := server.SessionFilter{ID: r.PathValue("id"), User: r.PathValue("user")}
	out := DisconnectAnswer{Ended: a.Bridge.Disconnect(f, request.Reason, request.Return)}
	a.did(r, "disconnected "+what(f)+": "+request.Reason)
	if err := a.disconnectElsewhere(r.Context(), ending{f.ID, f.User, request.Reason, request.Return}, &out); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.Log.Info("disconnected over the admin listener", "session", f.ID, "user", f.User, "sessions", out.Ended, "remote", r.RemoteAddr)
	if out.Ended == 0 && len(out.Silent) == 0 {
		http.Error(w, "there is no such session", http.StatusNotFound)
		return
	}
	answer(w, out)
}

func (a *admin) disconnectElsewhere(ctx context.Context, e ending, out *DisconnectAnswer) error {
	if a.Cluster == nil || a.Cluster.Orders == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), disconnectTime)
	defer cancel()
	answers, silent, err := a.Cluster.Orders.Give(ctx, orderDisconnect, e)
	if err != nil {
		return err
	}
	out.Silent = silent
	for _, from := range answers {
		b := BridgeEnded{Bridge: from.Bridge, Host: from.Host, Refused: from.Refused}
		if b.Refused == "" {
			done, err := readEnded(from.Outcome)
			if err != nil {
				b.Refused = err.Error()
			}
			b.Ended = done.Ended
		}
		out.Ended += b.Ended
		out.Bridges = append(out.Bridges, b)
	}
	return nil
}
