package main

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// TestChaos is a short `make chaos`, without the page. SEED in the environment chooses another schedule of faults.
func TestChaos(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		seed = 4
	}
	o := options{binary: "../../../bin/zwb", messages: 30_000, requests: 3000, log: t.Output(), plan: plan{seed: seed, clients: 1,
		time: 8 * time.Second, cuts: 40, bridgeKills: 1, backendKills: 3, handOvers: 1}}
	if !chaos(t.Context(), o, t.Output()) {
		t.Errorf("see above; SEED=%d go test ./chaos repeats the schedule", seed)
	}
}
