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
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1e6), "the seed of the schedule of faults")
	flag.DurationVar(&o.time, "time", 200*time.Second, "how long the faults go on")
	flag.IntVar(&o.cuts, "cuts", 0, "how many times a connection is cut; default 5 a second")
	page := flag.Bool("page", true, "also run the page in Chromium, beside the Go client")
	flag.Parse()
	o.scale()
	o.plan.clients = 1
	if *page {
		o.plan.clients = 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("seed %d, for %v and some seconds\n", o.seed, o.time)
	if !chaos(ctx, o, os.Stdout) {
		stop()
		os.Exit(1)
	}
}

// scale sets the numbers that grow with the time of the run: in 200 s there are 1,000 cuts, somewhat more than 1,000,000
// messages, and 100,000 requests.
func (o *options) scale() {
	seconds := o.time.Seconds()
	if o.cuts == 0 {
		o.cuts = int(5 * seconds)
	}
	o.messages, o.requests = int(5500*seconds), int(520*seconds)
	o.bridgeKills, o.backendKills, o.handOvers = int(seconds/25), int(seconds/14), int(seconds/100)
	if o.time > 2*requestTimeout {
		o.halfOpens = 1
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
