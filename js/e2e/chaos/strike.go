package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// strike makes the faults of a schedule happen to the processes.
func (s *scene) strike(ctx context.Context, faults []schedule.Fault) error {
	start := time.Now()
	for _, f := range faults {
		if !schedule.Wait(ctx, f.At-time.Since(start)) {
			break
		}
		began := time.Since(start)
		if err := s.struck(ctx, f); err != nil {
			return fmt.Errorf("%v: %w", f.Kind, err)
		}
		s.note(f, began, time.Since(start))
	}
	return nil
}

func (s *scene) struck(ctx context.Context, f schedule.Fault) error {
	switch f.Kind {
	case schedule.KillBridge:
		s.harm(record.ByKill)
		return s.bridge.Restart(f.Time)
	case schedule.HandOver:
		return s.handOver(ctx)
	}
	all := s.backends()
	return all[f.Which%len(all)].Restart(f.Time)
}

// note adds a line to the chronicle, which helps to explain a failure.
func (s *scene) note(f schedule.Fault, from, to time.Duration) {
	text := fmt.Sprintf("%7.3fs to %7.3fs  %v", from.Seconds(), to.Seconds(), f.Kind)
	if f.Kind == schedule.KillBackend {
		all := s.backends()
		text += ", " + filepath.Base(all[f.Which%len(all)].Record)
	}
	for _, c := range s.clients {
		text += "; " + c.position()
	}
	s.chronicle = append(s.chronicle, text)
}

// handOver moves the clients to a second bridge. No fault may happen to their connections in the meantime: a client that is
// cut would connect to the second bridge, where its session is not known.
func (s *scene) handOver(ctx context.Context) error {
	for _, p := range s.proxies {
		defer p.Pause()()
	}
	ctx, cancel := context.WithTimeout(ctx, process.Patience)
	defer cancel()
	if until(ctx, s.quiet) != nil {
		return fmt.Errorf("a client has not recovered from a fault in %v", process.Patience)
	}
	s.harm(record.ByDrain)
	return s.bridge.HandOver(func(address string) {
		for _, p := range s.proxies {
			p.Aim(address)
		}
	})
}

func (s *scene) quiet() bool {
	for _, p := range s.proxies {
		if !p.Quiet() {
			return false
		}
	}
	for _, c := range s.clients {
		if !c.recovered() {
			return false
		}
	}
	return true
}

func (s *scene) harm(why record.Cause) {
	for _, c := range s.clients {
		c.harm(time.Now(), why, record.CauseNames[why])
	}
}
