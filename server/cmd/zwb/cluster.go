package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/handover"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// others are the other bridges of the cluster, as far as this one has to do with them. Its methods may be called on nil: there are none.
type others struct {
	connection *cluster.Connection
	presence   *cluster.Presence
	identities *cluster.Identities
	rules      clusterRules
	sessions   *handover.Store
	bridge     *server.Bridge // once there is one

	stop    context.CancelFunc
	running sync.WaitGroup
}

// joinCluster connects to the cluster that the settings name; nil: they name none. leave ends it.
func joinCluster(s *settings.Settings, log *slog.Logger) (*others, error) {
	if s.Cluster == nil {
		return nil, nil
	}
	cfg := settings.ClusterOf(s.Cluster)
	cfg.Log = log
	c, err := cluster.Open(cfg)
	if err != nil {
		return nil, err
	}
	o := &others{connection: c, stop: func() {}}
	o.presence = cluster.NewPresence(c, o.reports())
	o.identities = cluster.NewIdentities(c, o.presence)
	o.rules.users = cluster.NewUsers(c, func(user string) int { return o.bridge.UserConnections(user) })
	o.sessions = handover.New(c, time.Duration(*s.ZMQ.Retain))
	return o, nil
}

// run begins to talk to the others about a bridge. It ends with leave.
func (o *others) run(bridge *server.Bridge) {
	if o == nil {
		return
	}
	var ctx context.Context
	ctx, o.stop = context.WithCancel(context.Background())
	o.bridge = bridge
	o.running.Go(func() { o.presence.Run(ctx) })
	o.running.Go(func() { o.identities.Run(ctx) })
	o.running.Go(func() { o.sessions.Run(ctx, bridge.Yield) })
	o.runRules(ctx)
}

// goodbye is how long it may take to tell the others that this bridge goes.
const goodbye = 5 * time.Second

func (o *others) leave() {
	if o == nil {
		return
	}
	o.stop()
	o.running.Wait()
	end, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	o.connection.Close(end)
}

// admin is what the admin listener shows of them.
func (o *others) admin() *admin.Cluster {
	if o == nil {
		return nil
	}
	return &admin.Cluster{Connection: o.connection, Presence: o.presence, Orders: o.rules.orders, Revocations: o.rules.revocations, Users: o.rules.users}
}

// reports is what this bridge tells of itself, with what has happened since it last did. It is called by one goroutine.
func (o *others) reports() func() cluster.Report {
	host, _ := os.Hostname() // "" if it has none
	before, then := map[string]server.Endpoint{}, time.Now()
	return func() cluster.Report {
		stats, now := o.bridge.Stats(), time.Now()
		r := cluster.Report{Version: server.Version, Host: host, Sessions: int(stats.Connections) + stats.Waiting, Sockets: stats.Sockets, Draining: o.bridge.Draining(), Endpoints: []cluster.Rate{}}
		seconds := max(now.Sub(then).Seconds(), 0.001)
		present := map[string]server.Endpoint{}
		for _, e := range o.bridge.Endpoints() {
			was := before[e.Name]
			r.Endpoints = append(r.Endpoints, cluster.Rate{Name: e.Name, Out: float64(e.ToClients-was.ToClients) / seconds, In: float64(e.FromClients-was.FromClients) / seconds})
			present[e.Name] = e
		}
		slices.SortStableFunc(r.Endpoints, func(a, b cluster.Rate) int { return int(b.Out + b.In - a.Out - a.In) })
		r.Endpoints = r.Endpoints[:min(len(r.Endpoints), cluster.MostEndpoints)]
		before, then = present, now
		return r
	}
}

// depot is where sessions wait that go from one of them to another; nil: there are no others.
func (o *others) depot() server.Depot {
	if o == nil {
		return nil
	}
	return o.sessions
}

// hold is the hook of the bridge; nil: there are no others.
func (o *others) hold() func(context.Context, server.Holding, func(), func()) (func(), error) {
	if o == nil {
		return nil
	}
	return func(ctx context.Context, h server.Holding, lost, wanted func()) (release func(), err error) {
		return o.identities.Hold(ctx, lost, wanted, h.Type.String(), h.Endpoint.String(), strconv.Itoa(h.Endpoint.Nth), h.Identity)
	}
}
