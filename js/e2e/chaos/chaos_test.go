//go:build long

package main

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// TestChaos is a short `make chaos`, without the page. SEED in the environment chooses another schedule of faults.
func TestChaos(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		seed = 4
	}
	o := options{binary: "../../../bin/zwb", messages: 30_000, requests: 3000, log: t.Output(), Plan: schedule.Plan{Seed: seed, Clients: 1,
		Time: 8 * time.Second, Cuts: 40, BridgeKills: 1, BackendKills: 3, HandOvers: 1}}
	if !chaos(t.Context(), o, t.Output()) {
		t.Errorf("see above; SEED=%d go test ./chaos repeats the schedule", seed)
	}
}
