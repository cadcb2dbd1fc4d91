package main

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// workload says what a client does during a run.
type workload struct {
	url               string      // of the bridge
	header            http.Header // of the Go client's main connection
	side              string      // the URL of the bridge behind another proxy, for sockets that are closed at once and for heirs
	subs              []subscription
	source, sink      *process.Backend
	rep, router       *process.Backend
	final             *process.Backend // gets what sockets send that are closed at once; nil: there are no such sockets
	nowhere           string           // an address where nobody is
	herald            *process.Backend // a ROUTER that speaks to a name
	pushRate, askRate float64          // messages and requests per second
}
