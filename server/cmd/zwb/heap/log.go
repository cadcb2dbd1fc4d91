package heap

import (
	"context"
	"log/slog"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// accountEvery is how often the account is written to the log.
const accountEvery = 2 * time.Second

// Log says in the log, at the level debug, what is held for clients, by what it is held as, and what the process has
// from the system, also for its books. It runs until ctx ends.
func Log(ctx context.Context, bridge *server.Bridge, log *slog.Logger) {
	if !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	tick := time.NewTicker(accountEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		stats := bridge.Stats()
		process := readMemory()
		line := []any{"held", stats.MemoryHeld, "process", process.held, "books", process.books, "connections", stats.Connections, "waiting", stats.Waiting}
		for kind, bytes := range stats.Memory {
			if bytes != 0 {
				line = append(line, kind, bytes)
			}
		}
		log.Debug("memory", line...)
	}
}
