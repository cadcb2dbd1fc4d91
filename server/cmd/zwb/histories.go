package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/local"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/stream"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// openHistories is where durable histories are: in the cluster, or in a folder; nil: nowhere. end ends it.
func openHistories(s *settings.Settings, o *others) (store durable.Store, end func(), err error) {
	switch {
	case o != nil:
		c := o.connection
		return stream.New(c.JetStream(), c.Name(), c.Replicas()), func() {}, nil
	case s.Keep == "":
		return nil, func() {}, nil
	}
	kept, err := local.Start(s.Keep)
	if err != nil {
		return nil, nil, fmt.Errorf("history_dir: %w", err)
	}
	return stream.NewAlone(kept.JetStream(), "local"), kept.Close, nil
}

// durableNames are the endpoints whose histories are durable.
func durableNames(s *settings.Settings) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Names)) {
		if h := s.Names[name].History; h != nil && h.Durable {
			names = append(names, name)
		}
	}
	return names
}
