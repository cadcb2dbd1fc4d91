package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	o := options{log: os.Stderr}
	flag.StringVar(&o.binary, "bridge", "../../bin/zwb", "the bridge's binary")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()%1e6), "the seed of the schedule of faults")
	flag.DurationVar(&o.Time, "time", 160*time.Second, "how long the faults go on")
	flag.IntVar(&o.Cuts, "cuts", 0, "how many times a connection is cut; default 6.25 a second")
	page := flag.Bool("page", true, "also run the page in Chromium, beside the Go client")
	flag.Parse()
	o.scale()
	o.Plan.Clients = 1
	if *page {
		o.Plan.Clients = 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("seed %d, for %v and some seconds\n", o.Seed, o.Time)
	if !chaos(ctx, o, os.Stdout) {
		stop()
		os.Exit(1)
	}
}

// scale sets the numbers that grow with the time of the run: in 160 s there are 1,000 cuts, somewhat more than 1,000,000
// messages, and 100,000 requests.
func (o *options) scale() {
	seconds := o.Time.Seconds()
	if o.Cuts == 0 {
		o.Cuts = int(6.25 * seconds)
	}
	o.messages, o.requests = int(6900*seconds), int(650*seconds)
	o.BridgeKills, o.BackendKills, o.HandOvers = int(seconds/20), int(seconds/11), int(seconds/80)
	if o.Time > 2*requestTimeout {
		o.HalfOpens = 1
	}
}

// chaos runs everything and prints the table. It tells whether everything was as it should be.
func chaos(ctx context.Context, o options, w io.Writer) bool {
	r, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(w, "FAILED:", err)
		return false
	}
	r.print(w)
	return len(r.violations) == 0
}
