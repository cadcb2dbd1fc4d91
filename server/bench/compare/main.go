package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

func main() {
	duration := flag.Duration("for", 2500*time.Millisecond, "how long each measurement takes")
	rounds := flag.Int("rounds", 3, "of how many measurements the median is printed")
	within := flag.Duration("within", 5*time.Minute, "after which no more is measured")
	flag.Parse()
	if flag.NArg() != 2 || *rounds < 1 || *duration <= 0 {
		fmt.Fprintln(os.Stderr, "compare [--for 2.5s] [--rounds 3] [--within 5m] ZWB FLOOR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *within)
	defer cancel()
	c := comparison{zwb: flag.Arg(0), floor: flag.Arg(1), duration: *duration, rows: make([]row, len(cases))}
	err := c.run(ctx, *rounds)
	c.print(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		if !errors.Is(err, context.DeadlineExceeded) || !c.complete() {
			os.Exit(1)
		}
	}
}

// comparison is everything that is measured.
type comparison struct {
	zwb, floor string
	duration   time.Duration
	rows       []row
}

// cases are the lines of the table. Requests have a window.
var cases = []bench.Load{
	{Clients: 100, Size: 64, Rate: 200},
	{Clients: 100, Size: 64},
	{Clients: 1000, Size: 64},
	{Clients: 1000, Size: 1024},
	{Clients: 5000, Size: 64},
	{Clients: 1, Size: 64, Window: 1},
	{Clients: 50, Size: 64, Window: 1},
	{Clients: 50, Size: 64, Window: 16},
	{Clients: 500, Size: 64, Window: 16},
	{Clients: 5000}, // without a size: idle
}

func (c *comparison) run(ctx context.Context, rounds int) error {
	for round := range rounds {
		for i, load := range cases {
			for _, plain := range []bool{round%2 == 1, round%2 == 0} { // neither is always the first
				load.Plain = plain
				result, err := c.measure(ctx, load)
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", c.program(plain), err)
				}
				fmt.Fprintf(os.Stderr, "%d %-5s %s", round+1, map[bool]string{true: "floor", false: "zwb"}[plain], result.Row())
				c.rows[i].add(plain, result)
			}
		}
	}
	return nil
}

func (c *comparison) program(plain bool) string {
	if plain {
		return c.floor
	}
	return c.zwb
}

// measure does one measurement, with processes of its own.
func (c *comparison) measure(ctx context.Context, load bench.Load) (*bench.Result, error) {
	load.Warm, load.For = c.duration/3, c.duration
	const anyPort = "127.0.0.1:0"
	if load.Window > 0 {
		echo, err := backend.NewEcho(anyPort)
		if err != nil {
			return nil, err
		}
		defer echo.Close()
		load.Address = echo.Endpoint()
	} else {
		publisher, err := backend.NewPublisher(anyPort)
		if err != nil {
			return nil, err
		}
		defer publisher.Close()
		load.Address, load.Publisher = publisher.Endpoint(), publisher
	}
	child, err := c.start(ctx, &load)
	if err != nil {
		return nil, err
	}
	defer child.Stop()
	load.URL, load.PID = child.URL, child.PID
	switch {
	case load.Window > 0:
		return load.Request(ctx)
	case load.Size > 0:
		return load.Fanout(ctx)
	}
	return load.Idle(ctx)
}

func (c *comparison) start(ctx context.Context, load *bench.Load) (*bench.Child, error) {
	if !load.Plain {
		return bench.Start(ctx, os.Stderr, c.zwb, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--allow", "SUB,REQ "+load.Address)
	}
	mode := "fan"
	if load.Window > 0 {
		mode = "ask"
	}
	return bench.Start(ctx, nil, c.floor, mode, load.Address)
}
