package web

// Files says what the file descriptors of the process are used for at most. Every connection takes one.
type Files struct {
	WebSockets int
	Gateways   int // to backends
	Visitors   int // HTTP connections that are no WebSocket
}

// ShareFiles divides the file descriptors that the process may have (OpenFiles), among so many WebSockets at most. What is left is for what nobody counts: connections
// that backends make to the bridge, several to one backend, and those that are being closed.
func ShareFiles(limit uint64, webSockets int) Files {
	const others = 32 // log, listener, reserve, and what the runtime has open
	usable := int(min(limit, 1<<20)) - others
	share := func(most, part int) int { return max(4, min(most, usable/part)) }
	return Files{WebSockets: min(webSockets, share(webSockets, 2)), Gateways: share(1024, 4), Visitors: share(1000, 8)}
}
