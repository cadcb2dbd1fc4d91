package main

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// circumstances are the faults that may be the reason for what a sink lacks.
type circumstances struct {
	bridge *process.Bridge
	sink   *process.Backend
}

// unread is how long a sink may take to read what has come to it, or the kernel to send what a bridge has written.
const unread = time.Second

// Died tells whether a process was killed that may have had messages in its buffers.
func (c circumstances) Died(start, end time.Time) bool {
	excuses := func(o process.Outage) bool { return o.Excuses(start, end.Add(unread)) }
	return slices.ContainsFunc(c.sink.Outages, excuses) || slices.ContainsFunc(c.bridge.Kills, excuses)
}

// Replaced tells whether a session may have been lost.
func (c circumstances) Replaced(start, end time.Time) bool {
	excuses := func(o process.Outage) bool { return o.Excuses(start, end) }
	return slices.ContainsFunc(c.bridge.Kills, excuses) || slices.ContainsFunc(c.bridge.HandOvers, excuses)
}
