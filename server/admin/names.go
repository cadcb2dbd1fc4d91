package admin

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metric is one that there is.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// names has all of them, so that whoever uses one can be told that there is none.
var names []string

func define(kind prometheus.ValueType, name, help string, labels ...string) metric {
	names = append(names, name)
	return metric{prometheus.NewDesc(name, help, labels, nil), kind}
}

func gauge(name, help string, labels ...string) metric {
	return define(prometheus.GaugeValue, name, help, labels...)
}

func counter(name, help string, labels ...string) metric {
	return define(prometheus.CounterValue, name, help, labels...)
}

// Endpoints are labels by their names only. All raw addresses together are "(raw)": there may be any number of them, and clients
// choose them. Nothing is labelled by a user.
var (
	buildInfo = gauge("zwb_build_info", "The version of the bridge. Always 1.", "version")

	connections        = gauge("zwb_connections", "Clients that are connected: WebSockets, and requests over HTTP for as long as they last.")
	connectionsTotal   = counter("zwb_connections_total", "These since the start.")
	connectionsRefused = counter("zwb_connections_refused_total", "WebSockets and requests over HTTP that were turned away.")
	protocolErrors     = counter("zwb_protocol_errors_total", "Connections that were closed for what the client sent.")

	waiting    = gauge("zwb_sessions_waiting", "Sessions whose WebSocket was lost, and that wait for their clients to come back.")
	resumed    = counter("zwb_sessions_resumed_total", "Sessions that went on with another WebSocket.")
	lost       = counter("zwb_sessions_lost_total", "Sessions that ended while their clients were away, by why.", "reason")
	moved      = counter("zwb_sessions_moved_total", "Sessions that went to another bridge (out), came from one (in), or could not go (failed).", "direction")
	movedBytes = counter("zwb_sessions_moved_bytes_total", "What was left for other bridges.")
	resumes    = counter("zwb_session_resumes_refused_total", "Tokens of sessions that were not accepted.")

	sockets       = gauge("zwb_sockets", "Sockets of clients, by type.", "type")
	subscriptions = gauge("zwb_subscriptions", "Subscriptions of clients.")
	queuedBytes   = gauge("zwb_queued_bytes", "What waits for clients, with what each message costs besides.")
	queued        = gauge("zwb_queued_messages", "Messages that wait for clients.")

	endpointSessions = gauge("zwb_endpoint_sessions", "Sessions that use an endpoint.", "endpoint")
	messages         = counter("zwb_messages_total", "Messages by endpoint, and by whether they are to clients or from clients. Requests and answers count.", "endpoint", "direction")
	messageBytes     = counter("zwb_message_bytes_total", "Payload of these messages.", "endpoint", "direction")
	requests         = counter("zwb_requests_total", "Requests of clients that have ended, by code; ok is an answer.", "endpoint", "code")
	duration         = define(prometheus.UntypedValue, "zwb_request_duration_seconds", "Time from a request of a client to its end.", "endpoint")
	refusals         = counter("zwb_refusals_total", "Endpoints, subscriptions and messages that were refused, by code.", "endpoint", "code")
	dismissed        = counter("zwb_sessions_dismissed_total", "Sessions that ended because their users were not let in any more.")
	revocations      = gauge("zwb_revocations", "Users and tokens that are revoked.")
	withdrawn        = counter("zwb_withdrawn_total", "Endpoints and subscriptions that were allowed and are not any more.")

	backendUp    = gauge("zwb_backend_up", "Whether some backend of an endpoint that is in use is connected, or listened for.", "endpoint")
	backendLinks = gauge("zwb_backend_links", "Connections to backends, by whether they were dialled or accepted.", "side")
	dials        = counter("zwb_backend_dials_total", "Attempts to connect to backends.")
	reconnects   = counter("zwb_backend_reconnects_total", "Connections to backends after an earlier one was lost.", "endpoint")
	violations   = counter("zwb_backend_protocol_errors_total", "Connections that were ended because a backend broke ZMTP, or a limit.")
	wireBytes    = counter("zwb_backend_bytes_total", "What went over connections to backends, by direction.", "direction")

	dropped   = counter("zwb_dropped_messages_total", "Messages and connections that were not taken, by why.", "reason")
	conflated = counter("zwb_conflated_messages_total", "Messages that a newer one of their topic has replaced.")
	gaps      = counter("zwb_gaps_total", "Gaps that clients were told of, by why.", "reason")

	counted = counter("zwb_sequence_total", "What the count of an endpoint's publisher has told: messages that are missing, those of them that it had another time (filled), repeated and malformed ones; restarts of it, and topics that were forgotten.", "endpoint", "what")

	memory            = gauge("zwb_memory_bytes", "What is held for clients, by what it is.", "what")
	kept              = gauge("zwb_endpoint_memory_bytes", "What is held for an endpoint: as history or last values, until what is missing has come, or until backends take it.", "endpoint", "what")
	history           = gauge("zwb_history_bytes", "What is kept in histories.")
	unstored          = counter("zwb_history_unstored_total", "Messages that had to go before a durable history had them, because NATS was too slow, or away.")
	limitHits         = counter("zwb_limit_hits_total", "How often a limit was met, by its name.", "limit")
	reloads           = counter("zwb_reloads_total", "Configurations that were read while the bridge ran, by whether they were taken.", "result")
	clusterUp         = gauge("zwb_cluster_up", "Whether this bridge reaches the NATS of its cluster, and can report to the others.")
	clusterReconnects = counter("zwb_cluster_reconnects_total", "Connections to NATS after one was lost.")
	clusterBridges    = gauge("zwb_cluster_bridges", "Bridges of the cluster that are there, this one among them, as far as it knows.")
	clusterIgnored    = counter("zwb_cluster_ignored_total", "What came by way of NATS and was ignored, by what it was: orders that made no sense or were too many, revocations that no bridge has written, counts of users for which there was no room.", "what")
	auditMissed       = counter("zwb_audit_dropped_total", "Decisions that are missing in the audit log.")
)
