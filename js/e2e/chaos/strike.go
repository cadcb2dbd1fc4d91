package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// strike makes the faults of a schedule happen to the processes.
func (s *scene) strike(ctx context.Context, faults []fault) error {
	start := time.Now()
	for _, f := range faults {
		if !wait(ctx, f.at-time.Since(start)) {
			break
		}
		began := time.Since(start)
		if err := s.struck(ctx, f); err != nil {
			return fmt.Errorf("%v: %w", f.kind, err)
		}
		s.note(f, began, time.Since(start))
	}
	return nil
}

func (s *scene) struck(ctx context.Context, f fault) error {
	switch f.kind {
	case killBridge:
		s.harm(byKill)
		return s.bridge.restart(f.time)
	case handOver:
		return s.handOver(ctx)
	}
	all := s.backends()
	return all[f.which%len(all)].restart(f.time)
}

// note adds a line to the chronicle, which helps to explain a failure.
func (s *scene) note(f fault, from, to time.Duration) {
	text := fmt.Sprintf("%7.3fs to %7.3fs  %v", from.Seconds(), to.Seconds(), f.kind)
	if f.kind == killBackend {
		all := s.backends()
		text += ", " + filepath.Base(all[f.which%len(all)].record)
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
		p.truce.Lock()
		defer p.truce.Unlock()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if until(ctx, s.quiet) != nil {
		return fmt.Errorf("a client has not recovered from a fault in %v", patience)
	}
	s.harm(byDrain)
	return s.bridge.handOver(func(address string) {
		for _, p := range s.proxies {
			p.aim(address)
		}
	})
}

func (s *scene) quiet() bool {
	for _, p := range s.proxies {
		if !p.quiet() {
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

func (s *scene) harm(why cause) {
	for _, c := range s.clients {
		c.harm(time.Now(), why, causeNames[why])
	}
}
