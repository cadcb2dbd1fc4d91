package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/screen"
)

// Top shows what a bridge does, every second anew until ctx ends. Where nobody looks, it says once what one second has brought, as JSON.
type Top struct {
	Client *Client
	W      io.Writer
}

// moment is what a bridge says of itself.
type moment struct {
	at        time.Time
	stats     stats
	endpoints []server.Endpoint
	sessions  []server.Session
}

// stats are those of server.Stats that are shown.
type stats struct {
	Version     string            `json:"version"`
	Connections int64             `json:"connections"`
	Waiting     int               `json:"waiting"`
	Sockets     int               `json:"sockets"`
	MemoryHeld  int               `json:"memory_held"`
	Dropped     uint64            `json:"dropped"`
	Refused     uint64            `json:"refused"`
	Gaps        map[string]uint64 `json:"gaps"`
}

// Run returns when ctx ends, or the bridge does not answer.
func (t *Top) Run(ctx context.Context) error {
	before, err := t.look(ctx)
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		var now *moment
		if now, err = t.look(ctx); err != nil {
			break
		}
		if !screen.Is(t.W) {
			return json.NewEncoder(t.W).Encode(now.since(before))
		}
		err = screen.Draw(t.W, now.since(before).lines())
		before = now
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// look asks for everything.
func (t *Top) look(ctx context.Context) (*moment, error) {
	m := &moment{at: time.Now()}
	if err := t.Client.Get(ctx, "/api/stats", &m.stats); err != nil {
		return nil, err
	}
	var endpoints struct{ Endpoints []server.Endpoint }
	if err := t.Client.Get(ctx, "/api/endpoints", &endpoints); err != nil {
		return nil, err
	}
	var sessions struct{ Sessions []server.Session }
	if err := t.Client.Get(ctx, "/api/sessions?most=1000", &sessions); err != nil {
		return nil, err
	}
	m.endpoints, m.sessions = endpoints.Endpoints, sessions.Sessions
	return m, nil
}

// change is what a bridge has done between two moments.
type change struct {
	Version     string     `json:"version"`
	Connections int64      `json:"connections"`
	Away        int        `json:"away"`
	Sockets     int        `json:"sockets"`
	Held        int        `json:"held"` // bytes
	Dropped     float64    `json:"dropped_per_second"`
	Gaps        float64    `json:"gaps_per_second"`
	Refused     float64    `json:"refused_per_second"`
	Endpoints   []endpoint `json:"endpoints"`
	Sessions    []session  `json:"sessions"`
}

type endpoint struct {
	Name       string  `json:"name"`
	Backends   string  `json:"backends"` // up, of how many
	Sessions   int     `json:"sessions"`
	Out        float64 `json:"messages_per_second"` // to clients
	In         float64 `json:"from_clients_per_second"`
	Bytes      float64 `json:"bytes_per_second"`
	Reconnects uint64  `json:"reconnects"`
	Reason     string  `json:"reason,omitempty"`
}

type session struct {
	ID      string  `json:"id"`
	User    string  `json:"user"`
	IP      string  `json:"ip"`
	State   string  `json:"state"`
	Sockets int     `json:"sockets"`
	Queued  int     `json:"queued"` // messages
	Lag     int     `json:"unacknowledged"`
	Held    int     `json:"held"` // bytes
	Out     float64 `json:"frames_per_second"`
}

func (m *moment) since(before *moment) *change {
	seconds := m.at.Sub(before.at).Seconds()
	rate := func(now, then uint64) float64 { return float64(now-min(now, then)) / seconds }
	s, then := &m.stats, &before.stats
	c := &change{Version: s.Version, Connections: s.Connections, Away: s.Waiting, Sockets: s.Sockets, Held: s.MemoryHeld,
		Dropped: rate(s.Dropped, then.Dropped), Gaps: rate(sum(s.Gaps), sum(then.Gaps)), Refused: rate(s.Refused, then.Refused)}
	for _, e := range m.endpoints {
		was := server.Endpoint{}
		if i := slices.IndexFunc(before.endpoints, func(o server.Endpoint) bool { return o.Name == e.Name }); i >= 0 {
			was = before.endpoints[i]
		}
		c.Endpoints = append(c.Endpoints, endpoint{e.Name, fmt.Sprintf("%d/%d", e.Up, e.Backends), e.Sessions, rate(e.ToClients, was.ToClients),
			rate(e.FromClients, was.FromClients), rate(e.BytesToClients+e.BytesFromClients, was.BytesToClients+was.BytesFromClients), e.Reconnects, e.Reason})
	}
	sent := map[string]uint64{}
	for _, o := range before.sessions {
		sent[o.ID] = o.Sent
	}
	for _, o := range m.sessions {
		queued := 0
		for _, socket := range o.Sockets {
			queued += socket.Queued
		}
		c.Sessions = append(c.Sessions, session{o.ID, o.User, o.IP, o.State, len(o.Sockets), queued, o.Lag, o.Held, rate(o.Sent, sent[o.ID])})
	}
	slices.SortStableFunc(c.Sessions, func(a, b session) int { return b.Held - a.Held })
	return c
}

func sum(counts map[string]uint64) (all uint64) {
	for _, n := range counts {
		all += n
	}
	return all
}

// lines are for a terminal: those who hold the most first.
func (c *change) lines() []string {
	lines := []string{
		fmt.Sprintf("zwb %s   %d clients, %d away   %d sockets   %s held", c.Version, c.Connections, c.Away, c.Sockets, size(float64(c.Held))),
		fmt.Sprintf("a second: %.0f dropped, %.0f gaps, %.0f refused", c.Dropped, c.Gaps, c.Refused),
		"",
		fmt.Sprintf("%-24s %8s %8s %10s %10s %10s %10s", "ENDPOINT", "BACKENDS", "SESSIONS", "OUT/s", "IN/s", "BYTES/s", "RECONNECTS"),
	}
	for _, e := range c.Endpoints {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%-24s %8s %8d %10.0f %10.0f %10s %10d  %s", quoted(e.Name), e.Backends, e.Sessions, e.Out, e.In,
			size(e.Bytes), e.Reconnects, quoted(e.Reason)), " "))
	}
	lines = append(lines, "", fmt.Sprintf("%-24s %-16s %-10s %7s %8s %8s %10s %10s", "USER", "ADDRESS", "STATE", "SOCKETS", "QUEUED", "LAG", "HELD", "FRAMES/s"))
	for _, s := range c.Sessions {
		user := s.User
		if user == "" {
			user = "-"
		}
		lines = append(lines, fmt.Sprintf("%-24s %-16s %-10s %7d %8d %8d %10s %10.0f", quoted(user), s.IP, s.State, s.Sockets, s.Queued, s.Lag,
			size(float64(s.Held)), s.Out))
	}
	return lines
}

// quoted is a text of somebody else, with nothing that a terminal acts upon.
func quoted(text string) string {
	return strings.Trim(strconv.QuoteToGraphic(text), `"`)
}

// size is a number of bytes for people.
func size(bytes float64) string {
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if bytes < 1024 {
			return strconv.FormatFloat(bytes, 'f', 0, 64) + " " + unit
		}
		bytes /= 1024
	}
	return strconv.FormatFloat(bytes, 'f', 1, 64) + " GiB"
}
