package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestHookContextIsADeadline: whoever waits for it, and whoever only looks, sees what context.WithTimeout would show.
func TestHookContextIsADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(context.WithValue(t.Context(), hookContext{}.deadline, "value"))
		defer cancel()
		tests := []struct {
			name string
			ends func(p *hookContext)
			want error
		}{
			{"at first", func(*hookContext) {}, nil},
			{"in time", func(p *hookContext) { time.Sleep(time.Second) }, nil},
			{"too late", func(p *hookContext) { time.Sleep(2 * time.Second) }, context.DeadlineExceeded},
			{"too late for whoever waits", func(p *hookContext) { <-p.Done() }, context.DeadlineExceeded},
			{"stopped", func(p *hookContext) { p.stop() }, context.Canceled},
			{"stopped while somebody waits", func(p *hookContext) { defer p.stop(); p.Done() }, context.Canceled},
			{"the WebSocket has gone", func(*hookContext) { cancel() }, context.Canceled},
		}
		for _, test := range tests {
			begun := time.Now()
			p := newHookContext(parent, 2*time.Second)
			test.ends(p)
			if err := p.Err(); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
			if at, ok := p.Deadline(); !ok || !at.Equal(begun.Add(2*time.Second)) || p.Value(hookContext{}.deadline) != "value" {
				t.Errorf("%s: the deadline is %v", test.name, at)
			}
			p.stop()
			<-p.Done()
		}
	})
}

func TestHookContextOfAnEarlierDeadline(t *testing.T) {
	soon := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), soon)
	defer cancel()
	p := newHookContext(ctx, time.Hour)
	defer p.stop()
	if at, _ := p.Deadline(); !at.Equal(soon) {
		t.Errorf("the deadline is %v, want %v", at, soon)
	}
}
