package bench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what was measured.
type Result struct {
	Mode    string `json:"mode"` // fanout, request or idle
	Clients int    `json:"clients"`
	Size    int    `json:"size,omitempty"`
	Rate    string `json:"rate,omitempty"`   // messages per second, or max
	Window  int    `json:"window,omitempty"` // requests outstanding for each client

	Seconds           float64  `json:"seconds"`
	PerSecond         float64  `json:"per_second"`          // deliveries or replies
	Published         float64  `json:"published,omitempty"` // messages per second
	Loss              *float64 `json:"loss,omitempty"`      // share of what should have come; nil: not known
	Failed            uint64   `json:"failed,omitempty"`    // requests that were answered by an error
	Missed            uint64   `json:"missed,omitempty"`    // messages that the bridge has said are missing
	Strange           uint64   `json:"strange,omitempty"`   // replies that nobody has asked for
	Latency           *Latency `json:"latency_us,omitempty"`
	Server            *Server  `json:"server,omitempty"` // where it runs on this machine, and that is Linux
	ConnectsPerSecond float64  `json:"connects_per_second"`
	GeneratorCores    float64  `json:"generator_cores"` // what measuring itself has used
}

// Latency is from when a message was handed to the publisher's connection, or a request sent, until it came; in microseconds.
type Latency struct {
	P50  int64 `json:"p50"`
	P99  int64 `json:"p99"`
	P999 int64 `json:"p99.9"`
	Max  int64 `json:"max"`
}

// Server is what the bridge's process has used.
type Server struct {
	CPUPerMillion float64 `json:"cpu_seconds_per_million,omitempty"` // of deliveries or replies
	Cores         float64 `json:"cores"`
	RSS           float64 `json:"rss_mib"`
	Peak          float64 `json:"peak_mib"`
	KBPerClient   float64 `json:"kib_per_client"`
	ConnectMillis float64 `json:"cpu_ms_per_connect,omitempty"`
}

func latencyOf(h *hdrhistogram.Histogram) *Latency {
	if h.TotalCount() == 0 {
		return nil
	}
	at := h.ValueAtPercentile
	return &Latency{P50: at(50), P99: at(99), P999: at(99.9), Max: h.Max()}
}

func (r *Result) lost(came, expected uint64) {
	loss := 0.0
	if expected > 0 {
		loss = 1 - float64(came)/float64(expected)
	}
	r.Loss = &loss
}

func rateName(rate int) string {
	if rate == 0 {
		return "max"
	}
	return strconv.Itoa(rate)
}

// Name says in few words what was measured.
func (r *Result) Name() string {
	switch {
	case r.Mode == "idle":
		return fmt.Sprintf("idle, %d clients", r.Clients)
	case r.Mode == "request":
		return fmt.Sprintf("request, %d clients, window %d, %d B", r.Clients, r.Window, r.Size)
	case r.Rate == "":
		return fmt.Sprintf("fanout, %d clients", r.Clients)
	case r.Rate == "max":
		return fmt.Sprintf("fanout, %d clients, %d B, as fast as it goes", r.Clients, r.Size)
	}
	return fmt.Sprintf("fanout, %d clients, %d B, %s/s", r.Clients, r.Size, r.Rate)
}

// String is the result for people, in several lines.
func (r *Result) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%s\n", r.Name())
	switch r.Mode {
	case "fanout":
		line("deliveries", "%s/s", short(r.PerSecond))
	case "request":
		line("replies", "%s/s", short(r.PerSecond))
	}
	if r.Loss != nil {
		line("loss", "%.3f %%%s", *r.Loss*100, r.troubles())
	}
	if l := r.Latency; l != nil {
		line("latency", "p50 %s, p99 %s, p99.9 %s", micros(l.P50), micros(l.P99), micros(l.P999))
	}
	line("connecting", "%s/s", short(r.ConnectsPerSecond))
	if s := r.Server; s != nil {
		r.writeServer(line, s)
	}
	return b.String()
}

func (r *Result) writeServer(line func(name, format string, args ...any), s *Server) {
	if r.Mode == "idle" {
		line("server", "%.1f KiB a client, %.2f ms CPU to connect one, %.1f MiB in all, %.1f %% of a core", s.KBPerClient, s.ConnectMillis, s.RSS, s.Cores*100)
		return
	}
	line("server", "%.2f s CPU per million, %.2f cores, %.1f MiB (%.1f at most)", s.CPUPerMillion, s.Cores, s.RSS, s.Peak)
}

// troubles are what explains a loss.
func (r *Result) troubles() string {
	text := ""
	for _, t := range []struct {
		n    uint64
		what string
	}{{r.Failed, "requests refused"}, {r.Missed, "messages reported missing"}, {r.Strange, "replies nobody has asked for"}} {
		if t.n > 0 {
			text += fmt.Sprintf(", %d %s", t.n, t.what)
		}
	}
	return text
}

// short is a number with three digits.
func short(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.2f M", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.1f k", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}

func micros(us int64) string {
	if us >= 10_000 {
		return fmt.Sprintf("%.1f ms", float64(us)/1e3)
	}
	return fmt.Sprintf("%d µs", us)
}
