package admin

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
)

// scrapes is how many may be under way at once: each asks every session.
const scrapes = 4

// metrics answers Prometheus. Nothing is counted here: the bridge is asked when somebody wants to know.
func (a *admin) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{a}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes})
}

// collector implements prometheus.Collector.
type collector struct{ *admin }

// Describe is part of prometheus.Collector. Which labels there are is known when it is asked for the values.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect is part of prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	stats := c.Bridge.Stats()
	out := sink(ch)
	out.put(buildInfo, 1, server.Version)
	out.connections(&stats)
	out.backends(&stats)
	out.losses(&stats)
	for t, n := range c.Bridge.SocketsByType() {
		out.put(sockets, float64(n), t)
	}
	for _, e := range c.Bridge.Endpoints() {
		out.endpoint(&e)
	}
	var taken, refused uint64
	if c.Reloads != nil {
		taken, refused = c.Reloads()
	}
	held := 0
	if list := c.revoked(); list != nil {
		held = len(list.All())
	}
	out.put(revocations, float64(held))
	out.put(reloads, float64(taken), "taken")
	out.put(reloads, float64(refused), "refused")
	missed := uint64(0)
	if c.Decisions != nil {
		missed = c.Decisions.Dropped()
	}
	out.put(auditMissed, float64(missed))
	if c.Cluster != nil {
		out.cluster(c.Cluster)
	}
}

// sink takes values.
type sink chan<- prometheus.Metric

func (s sink) put(m metric, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
}

// each is put for every key of a map, which is the label.
func (s sink) each(m metric, values map[string]uint64) {
	for label, value := range values {
		s.put(m, float64(value), label)
	}
}

func (s sink) connections(stats *server.Stats) {
	s.put(connections, float64(stats.Connections))
	s.put(connectionsTotal, float64(stats.ConnectionsTotal))
	s.put(connectionsRefused, float64(stats.Refused))
	s.put(protocolErrors, float64(stats.ProtocolErrors))
	s.put(waiting, float64(stats.Waiting))
	s.put(resumed, float64(stats.Resumed))
	s.put(resumes, float64(stats.ResumesRefused))
	s.put(moved, float64(stats.MovedOut), "out")
	s.put(moved, float64(stats.MovedIn), "in")
	s.put(moved, float64(stats.MovesFailed), "failed")
	s.put(movedBytes, float64(stats.MovedBytes))
	s.put(lost, float64(stats.SessionsExpired), "expired")
	s.put(lost, float64(stats.SessionsDropped), "too_much_held")
	s.put(subscriptions, float64(stats.Subscriptions))
	s.put(queued, float64(stats.Queued))
	s.put(queuedBytes, float64(stats.QueuedBytes))
	s.put(withdrawn, float64(stats.Withdrawn))
	s.put(dismissed, float64(stats.Dismissed))
	for what, bytes := range stats.Memory {
		s.put(memory, float64(bytes), what)
	}
	s.each(limitHits, stats.Limits)
}

func (s sink) backends(stats *server.Stats) {
	g := &stats.Gateway
	s.put(backendLinks, float64(g.LinksUp), "dialled")
	s.put(backendLinks, float64(g.PeersUp), "accepted")
	s.put(dials, float64(g.Dials))
	s.put(violations, float64(g.ProtocolErrors))
	s.put(wireBytes, float64(g.BytesIn), "from_backends")
	s.put(wireBytes, float64(g.BytesOut), "to_backends")
	s.put(history, float64(g.HistoryBytes))
	s.put(unstored, float64(g.HistoryUnstored))
}

func (s sink) losses(stats *server.Stats) {
	s.put(conflated, float64(stats.Conflated))
	s.each(gaps, stats.Gaps)
	s.each(dropped, stats.DroppedBy)
	for reason, n := range stats.Gateway.Dropped {
		s.put(dropped, float64(n), reason.String())
	}
}

func (s sink) endpoint(e *server.Endpoint) {
	s.put(endpointSessions, float64(e.Sessions), e.Name)
	s.put(reconnects, float64(e.Reconnects), e.Name)
	s.put(messages, float64(e.ToClients), e.Name, "to_clients")
	s.put(messages, float64(e.FromClients), e.Name, "from_clients")
	s.put(messageBytes, float64(e.BytesToClients), e.Name, "to_clients")
	s.put(messageBytes, float64(e.BytesFromClients), e.Name, "from_clients")
	if n := e.Sequence; n != nil {
		for what, count := range map[string]uint64{"missing": n.Missing, "filled": n.Filled, "repeated": n.Repeated, "malformed": n.Malformed,
			"restarts": n.Restarts, "forgotten": n.Forgotten} {
			s.put(counted, float64(count), e.Name, what)
		}
	}
	for what, bytes := range e.Memory {
		s.put(kept, float64(bytes), e.Name, what)
	}
	for code, n := range e.Answered {
		s.put(requests, float64(n), e.Name, code)
	}
	for code, n := range e.Refused {
		s.put(refusals, float64(n), e.Name, code)
	}
	if e.Requests.Count > 0 {
		s <- histogram(&e.Requests, e.Name)
	}
	if e.Backends > 0 && e.Name != meter.Raw {
		up := 0.0
		if e.Up > 0 {
			up = 1
		}
		s.put(backendUp, up, e.Name)
	}
}

func histogram(s *meter.Snapshot, endpoint string) prometheus.Metric {
	classes := make(map[float64]uint64, len(meter.Bounds))
	for i, bound := range meter.Bounds {
		classes[bound.Seconds()] = s.Classes[i]
	}
	return prometheus.MustNewConstHistogram(duration.desc, s.Count, s.Sum.Seconds(), classes, endpoint)
}
