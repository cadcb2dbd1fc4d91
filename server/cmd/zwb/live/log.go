package live

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// LogHandler writes lines as the settings of the moment say: from which level on, and as text or as JSON. It implements slog.Handler.
type LogHandler struct {
	text, json slog.Handler // with the same attributes
	how        *howToLog
}

type howToLog struct {
	level slog.LevelVar
	json  atomic.Bool
}

// NewLogHandler writes to w, as the settings say until Adopt is told of others.
func NewLogHandler(w io.Writer, s *settings.Settings) *LogHandler {
	how := new(howToLog)
	options := &slog.HandlerOptions{Level: &how.level}
	h := &LogHandler{slog.NewTextHandler(w, options), slog.NewJSONHandler(w, options), how}
	h.Adopt(s)
	return h
}

// Adopt has all that come from the same NewLogHandler go by these settings.
func (h *LogHandler) Adopt(s *settings.Settings) {
	h.how.level.Set(s.Level())
	h.how.json.Store(s.Log.Format == "json")
}

// Enabled is part of slog.Handler.
func (h *LogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.how.level.Level()
}

// Handle is part of slog.Handler.
func (h *LogHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.how.json.Load() {
		return h.json.Handle(ctx, r)
	}
	return h.text.Handle(ctx, r)
}

// WithAttrs is part of slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &LogHandler{h.text.WithAttrs(attrs), h.json.WithAttrs(attrs), h.how}
}

// WithGroup is part of slog.Handler.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	return &LogHandler{h.text.WithGroup(name), h.json.WithGroup(name), h.how}
}
