package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// workload says what a client does during a run.
type workload struct {
	pub, source, sink *process.Backend
	second, tail      *process.Backend // publishers: of a SUB that has two, and of one that is overrun at the end
	rep, router       *process.Backend
	final             *process.Backend // gets what sockets send that are closed at once
	nowhere           string           // an address where nobody is
	herald            *process.Backend // a ROUTER that speaks to a name
	side              string           // the URL of the bridge behind another proxy, for those
	topics            []string
	pushRate, askRate float64 // messages and requests per second
}
