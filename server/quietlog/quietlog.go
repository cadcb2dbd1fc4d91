package quietlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	maxText = 256             // bytes of a text in a line
	burst   = 20              // lines of a kind at once
	every   = time.Second / 2 // one more after each
	most    = 256             // kinds that are told apart; more than the code has
)

// Handler passes log lines on. It implements slog.Handler.
type Handler struct {
	next  slog.Handler
	kinds *kinds
}

// New puts a Handler in front of another, unless that is one already.
func New(next slog.Handler) *Handler {
	if h, ok := next.(*Handler); ok {
		return h
	}
	return &Handler{next: next, kinds: &kinds{counts: map[kind]*count{}}}
}

// Enabled is part of slog.Handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle is part of slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	pass, leftOut := h.kinds.pass(kind{r.Level, r.Message}, r.Time)
	if !pass {
		return nil
	}
	clipped := slog.NewRecord(r.Time, r.Level, clip(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clipped.AddAttrs(clipAttr(a))
		return true
	})
	if leftOut > 0 {
		clipped.AddAttrs(slog.Uint64("left_out_before", leftOut))
	}
	return h.next.Handle(ctx, clipped)
}

// WithAttrs is part of slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{next: h.next.WithAttrs(clipAll(attrs)), kinds: h.kinds}
}

// WithGroup is part of slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{next: h.next.WithGroup(name), kinds: h.kinds}
}

func clipAll(attrs []slog.Attr) []slog.Attr {
	clipped := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clipped[i] = clipAttr(a)
	}
	return clipped
}

// clipAttr shortens a text or an error. Other values are the code's own, and short.
func clipAttr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, clip(a.Value.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clipAll(a.Value.Group())...)}
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok && err != nil {
			return slog.String(a.Key, clip(err.Error()))
		}
	}
	return a
}

func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

type kind struct {
	level   slog.Level
	message string
}

// kinds counts lines by kind.
type kinds struct {
	mu sync.Mutex

	counts map[kind]*count
}

// count is a bucket of tokens: full, it lets a burst through.
type count struct {
	tokens  float64
	at      time.Time
	leftOut uint64
}

// pass tells whether a line may be written, and how many of its kind were not since the last one that was.
func (k *kinds) pass(of kind, now time.Time) (ok bool, leftOut uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.count(of, now)
	if now.After(c.at) {
		c.tokens = min(burst, c.tokens+float64(now.Sub(c.at))/float64(every))
		c.at = now
	}
	if c.tokens < 1 {
		c.leftOut++
		return false, 0
	}
	c.tokens--
	leftOut, c.leftOut = c.leftOut, 0
	return true, leftOut
}

// count finds the count of a kind, or makes it. All kinds beyond the bound share one.
func (k *kinds) count(of kind, now time.Time) *count {
	if k.counts[of] == nil && len(k.counts) >= most {
		of = kind{}
	}
	c := k.counts[of]
	if c == nil {
		c = &count{tokens: burst, at: now}
		k.counts[of] = c
	}
	return c
}
