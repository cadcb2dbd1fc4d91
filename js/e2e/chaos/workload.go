package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// workload says what a client does during a run.
type workload struct {
	pub, source, sink *process.Backend
	second, tail      *process.Backend // publishers: of a SUB that has two, and of one that is overrun at the end
	rep, router       *process.Backend
	topics            []string
	pushRate, askRate float64 // messages and requests per second
}
