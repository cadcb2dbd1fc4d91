package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
)

// clusterRules are those that hold for all bridges of a cluster together.
type clusterRules struct {
	revocations *cluster.Revocations
	list        *sharedList
	users       *cluster.Users
	orders      *cluster.Orders
	last        *cluster.LastValues
	carryOut    func(context.Context, cluster.Order) (any, error)
}

// govern prepares the rules, before there is a bridge that goes by them.
func (o *others) govern(now *live.Live, decided func(server.Decision), log *slog.Logger) {
	if o == nil {
		return
	}
	o.rules.list = newSharedList(now.List(), decided, log)
	o.rules.revocations = cluster.NewRevocations(o.connection, o.presence, o.rules.list)
	o.rules.orders = cluster.NewOrders(o.connection, o.presence, func(ctx context.Context, order cluster.Order) (any, error) { return o.rules.carryOut(ctx, order) })
	now.Known = o.rules.revocations.Known
}

// counted is the hook of the bridge; nil: there are no others.
func (o *others) counted() server.Others {
	if o == nil {
		return nil
	}
	return o.rules.users
}

// obey says how orders are carried out. It comes before run.
func (o *others) obey(cfg admin.Config) {
	if o != nil {
		o.rules.carryOut = cfg.CarryOut
	}
}

// runRules has the rules hold until ctx ends. It waits a moment for what the cluster knows, so that the first clients need not come again.
func (o *others) runRules(ctx context.Context) {
	r := &o.rules
	o.running.Go(func() { r.list.run(ctx, o.bridge) })
	o.running.Go(func() { r.revocations.Run(ctx) })
	o.running.Go(func() { r.users.Run(ctx) })
	o.running.Go(func() { r.orders.Run(ctx) })
	o.running.Go(func() { r.last.Run(ctx) })
	if o.connection.Up() {
		select {
		case <-r.revocations.Read():
		case <-time.After(cluster.Deadline):
		}
	}
}
