package durable

import (
	"context"
	"log/slog"
	"time"
)

// trouble is what keeps something from working. It is tried again and again, and each reason is said once: at the level Debug while it may
// go by, as it does when the store's servers choose another leader, and as a warning when it lasts.
type trouble struct {
	log      *slog.Logger
	what     string
	endpoint string

	since  time.Time // zero: all is well
	said   string    // the reason that was said last
	warned bool      // and whether as a warning
}

// lastingTime is how long something does not work before that is a warning.
const lastingTime = 5 * time.Second

func (t *trouble) is(err error) {
	now, reason := time.Now(), err.Error()
	if t.since.IsZero() {
		t.since = now
	}
	lasts := now.Sub(t.since) >= lastingTime
	if reason == t.said && t.warned == lasts {
		return
	}
	t.said, t.warned = reason, lasts
	level := slog.LevelDebug
	if lasts {
		level = slog.LevelWarn
	}
	t.log.Log(context.Background(), level, "gateway: "+t.what, "endpoint", t.endpoint, "err", err)
}

// isOver is told when it works.
func (t *trouble) isOver() {
	if t.warned {
		t.log.Info("gateway: "+t.what+": no more", "endpoint", t.endpoint, "after", time.Since(t.since).Round(time.Millisecond))
	}
	t.since, t.said, t.warned = time.Time{}, "", false
}
