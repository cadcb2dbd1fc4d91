package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// joinCluster is the connection to the cluster that the settings name; nil: they name none. leave ends it.
func joinCluster(s *settings.Settings, log *slog.Logger) (c *cluster.Connection, leave func(), err error) {
	if s.Cluster == nil {
		return nil, func() {}, nil
	}
	cfg := settings.ClusterOf(s.Cluster)
	cfg.Log = log
	if c, err = cluster.Open(cfg); err != nil {
		return nil, nil, err
	}
	return c, func() {
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		c.Close(end)
	}, nil
}
