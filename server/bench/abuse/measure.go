package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// budget is what the bridge may hold for clients, in MiB.
const budget = 256

// quiet is how long the innocent client is measured before an attack.
const quiet = 2 * time.Second

// measure starts a bridge, and attacks it.
func measure(ctx context.Context, zwb string, a attack, duration time.Duration) (r result, err error) {
	r.attack = a
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		return r, err
	}
	defer echo.Close()
	bridge, err := bench.Start(ctx, os.Stderr, zwb, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--drain", "0", "--retain", "5s",
		"--memory", fmt.Sprint(budget, "MiB"), "--allow", "* tcp://127.0.0.1:*", "--allow", "bind * tcp://127.0.0.1:*")
	if err != nil {
		return r, err
	}
	defer bridge.Stop()
	door := &intruder.Door{Address: strings.TrimSuffix(strings.TrimPrefix(bridge.URL, "ws://"), "/data"), Patience: patience}
	i, err := newInnocent(door, echo.Endpoint())
	if err != nil {
		return r, err
	}
	defer i.Close()
	if r.idle, err = i.ask(ctx, quiet); err != nil {
		return r, err
	}
	attackers := exec.CommandContext(ctx, os.Args[0], "--attack", door.Address, "--only", a.name, "--for", duration.String())
	attackers.Stderr = os.Stderr
	said := make(chan error, 1)
	var out []byte
	go func() { // ends with the attackers
		var err error
		out, err = attackers.Output()
		said <- err
	}()
	if r.attacked, err = i.ask(ctx, duration); err != nil {
		return r, err
	}
	if err = <-said; err == nil {
		r.perSecond, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	}
	r.refused = i.refused
	r.peak = peakOf(bridge.PID)
	return r, err
}

// peakOf is the most resident memory that a process has had, in MiB; 0: it is not known.
func peakOf(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kib, _ := strconv.ParseFloat(string(found[1]), 64)
	return kib / 1024
}
