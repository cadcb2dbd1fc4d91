package main

// files says what the file descriptors of the process are used for at most. Every connection takes one.
type files struct {
	webSockets int
	gateways   int // to backends
	visitors   int // HTTP connections that are no WebSocket
}

// shareFiles divides the file descriptors that the process may have. What is left is for what nobody counts: connections
// that backends make to the bridge, several to one backend, and those that are being closed.
func shareFiles(limit uint64) files {
	const others = 32 // log, listener, reserve, and what the runtime has open
	usable := int(min(limit, 1<<20)) - others
	share := func(most, part int) int { return max(4, min(most, usable/part)) }
	return files{webSockets: share(10_000, 2), gateways: share(1024, 4), visitors: share(1000, 8)}
}
