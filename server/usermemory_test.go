package server

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// fillers has one client after the other come with a header, until count have, and each ask for much of a backend that is hung.
func fillers(t *testing.T, b *Bridge, header http.Header, address string, count int) (all []*glutton) {
	t.Helper()
	for range count {
		g := newGluttonWith(t, b, header)
		all = append(all, g)
		g.open(1, core.REQ, 0, address, 0)
		for id := range uint64(4) {
			select {
			case g.in <- core.AppendFrame(nil, &core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{make([]byte, MiB/2)}}):
			case code := <-g.closed:
				g.closed <- code
			case <-time.After(patience):
				t.Fatal("the bridge does not read")
			}
		}
	}
	return all
}

// gone counts those that were disconnected.
func gone(all []*glutton) (count int) {
	for _, g := range all {
		if len(g.closed) > 0 {
			count++
		}
	}
	return count
}

// isServed tells whether a client is answered, and nothing was refused that it has asked for.
func (g *glutton) isServed() bool {
	g.t.Helper()
	g.say(core.Frame{Kind: core.KindPing, ID: 1})
	for late := time.After(patience); ; {
		select {
		case f := <-g.heard:
			if f.Kind == core.KindPong || f.Kind == core.KindFailed {
				return f.Kind == core.KindPong
			}
		case <-late:
			return false
		}
	}
}

// TestMemoryPerUser: twenty clients of one user hold no more together than a user may; the bridge is not short of memory, and another
// user notices nothing.
func TestMemoryPerUser(t *testing.T) {
	const perUser = 10 * MiB
	for name, whose := range map[string]func(name string) http.Header{
		"by user":    func(name string) http.Header { return http.Header{"User": {name}} },
		"by address": func(name string) http.Header { return http.Header{} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := allowAll(Config{Log: quiet, MaxQueued: 8 * MiB, MaxMemoryPerUser: perUser})
			cfg.Authenticate = func(_ context.Context, r *http.Request, _ []byte) (any, error) {
				if user := r.Header.Get("User"); user != "" {
					return user, nil
				}
				return nil, nil
			}
			cfg.UserKey = func(user any) string { return user.(string) }
			b := New(cfg)
			t.Cleanup(b.Close)
			address := hung(t)
			innocent := newGluttonWith(t, b, http.Header{"User": {"alice"}})
			innocent.open(1, core.REQ, 0, address, 0)
			innocent.say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{make([]byte, 5*MiB)}})
			all := fillers(t, b, whose("bob"), address, 20)
			waitFor(t, "some to go, and what they held to be given back", func() bool {
				return gone(all) > 0 && b.Stats().MemoryHeld < 5*MiB+perUser*17/16+MiB
			})
			if s := b.Stats(); gone(all) == 20 || s.Limits["memory_per_user"] == 0 || s.SessionsShed > 0 || s.Limits["memory"] > 0 {
				t.Errorf("%d have gone; limits were hit: %v", gone(all), s.Limits)
			}
			innocent.say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 2, Parts: core.Message{make([]byte, MiB)}})
			if !innocent.isServed() {
				t.Error("the other user noticed")
			}
		})
	}
}
