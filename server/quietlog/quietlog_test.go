package quietlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func newLog() (*bytes.Buffer, *Handler) {
	out := new(bytes.Buffer)
	return out, New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestTextsAreClipped(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	out, h := newLog()
	log := slog.New(h)
	log.With("remote", long).WithGroup("g").Info(long, "text", long, "err", errors.New(long), slog.Group("of", "text", long), "count", 7)
	if got := out.Len(); got > 5*maxText+300 {
		t.Errorf("the line has %d bytes", got)
	}
	if got := out.String(); !strings.Contains(got, "g.count=7") || strings.Contains(got, "\uFFFD") {
		t.Errorf("the line is %q", got)
	}
}

func TestLinesOfAKindAreLimited(t *testing.T) {
	out, h := newLog()
	start := time.Now()
	line := func(after time.Duration, message string) {
		h.WithAttrs(nil).Handle(t.Context(), slog.NewRecord(start.Add(after), slog.LevelInfo, message, 0))
	}
	for range 1000 {
		line(0, "origin refused")
	}
	line(0, "another kind")
	if got := strings.Count(out.String(), "\n"); got != burst+1 {
		t.Errorf("%d lines, want %d", got, burst+1)
	}
	line(every, "origin refused")
	if want := fmt.Sprintf("left_out_before=%d", 1000-burst); !strings.Contains(out.String(), want) {
		t.Errorf("no line says %q", want)
	}
	for range 1000 {
		line(time.Hour, "origin refused")
	}
	if got := strings.Count(out.String(), "\n"); got != 2*burst+2 {
		t.Errorf("after an hour %d lines, want %d", got, 2*burst+2)
	}
}

func TestKindsAreBounded(t *testing.T) {
	_, h := newLog()
	for n := range 10 * most {
		h.Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelInfo, fmt.Sprint(n), 0))
	}
	if got := len(h.kinds.counts); got > most+1 {
		t.Errorf("%d kinds are remembered", got)
	}
}

func TestOneIsEnough(t *testing.T) {
	_, h := newLog()
	if New(h) != h {
		t.Error("a second Handler was put in front of the first")
	}
}
