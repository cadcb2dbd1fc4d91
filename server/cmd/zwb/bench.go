package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// benchmark measures a bridge: the one it is told, or one that it starts for this.
func benchmark(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseBenchOptions(args, stderr)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // this process shall leave the processors to the bridge
	}
	if o.mode != "" {
		return o.measureOne(ctx, stdout, stderr)
	}
	return o.measureAll(ctx, stdout, stderr)
}

// The cases of zwb bench without a kind.
var benchCases = []benchOptions{
	{mode: "fanout", clients: 100, size: 64, rate: 200},
	{mode: "fanout", clients: 100, size: 64},
	{mode: "fanout", clients: 1000, size: 1024},
	{mode: "request", clients: 1, window: 1, size: 64},
	{mode: "request", clients: 50, window: 16, size: 64},
	{mode: "idle", clients: 1000},
}

// measureAll prints a table, with a bridge of its own for every line, so that none finds what another has left.
func (o *benchOptions) measureAll(ctx context.Context, stdout, stderr io.Writer) error {
	if !o.json {
		fmt.Fprint(stdout, bench.TableHead)
	}
	for _, one := range benchCases {
		one.duration, one.json = o.duration, o.json
		result, err := one.measure(ctx, stderr)
		if err != nil {
			return err
		}
		if err := o.write(stdout, result, result.Row()); err != nil {
			return err
		}
	}
	return nil
}

func (o *benchOptions) measureOne(ctx context.Context, stdout, stderr io.Writer) error {
	result, err := o.measure(ctx, stderr)
	if err != nil {
		return err
	}
	return o.write(stdout, result, result.String())
}

func (o *benchOptions) write(w io.Writer, result *bench.Result, text string) error {
	if o.json {
		return json.NewEncoder(w).Encode(result)
	}
	_, err := io.WriteString(w, text)
	return err
}

// measure does one measurement. It has a deadline, whatever the bridge does. When it is interrupted, or takes too long, that is
// the error: what else has failed meanwhile has failed because everything is being stopped.
func (o *benchOptions) measure(ctx context.Context, stderr io.Writer) (*bench.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.duration+2*time.Minute, errors.New("the benchmark has taken two minutes more than it should"))
	defer cancel()
	result, err := o.run(ctx, stderr)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return result, err
}

// run starts what is not there yet, and puts the load on it.
func (o *benchOptions) run(ctx context.Context, stderr io.Writer) (*bench.Result, error) {
	load := bench.Load{
		URL: o.url, Address: o.address, PID: o.pid,
		Clients: o.clients, Size: o.size, Rate: o.rate, Window: o.window, Warm: min(time.Second, o.duration/4), For: o.duration,
	}
	stop, err := o.startBackend(&load)
	if err != nil {
		return nil, err
	}
	defer stop()
	if o.url == "" {
		child, err := startBridge(ctx, stderr, load.Address)
		if err != nil {
			return nil, err
		}
		defer child.Stop()
		load.URL, load.PID = child.URL, child.PID
	}
	switch o.mode {
	case "fanout":
		return load.Fanout(ctx)
	case "request":
		return load.Request(ctx)
	}
	return load.Idle(ctx)
}

// startBackend starts what the bridge connects to, unless it is there already.
func (o *benchOptions) startBackend(load *bench.Load) (stop func(), err error) {
	at := o.backend
	if o.url == "" {
		at = "127.0.0.1:0"
	}
	if at == "" {
		return func() {}, nil
	}
	if o.mode == "request" {
		echo, err := backend.NewEcho(at)
		if err != nil {
			return nil, err
		}
		load.Address = orElse(load.Address, echo.Endpoint())
		return echo.Close, nil
	}
	publisher, err := backend.NewPublisher(at)
	if err != nil {
		return nil, err
	}
	load.Address = orElse(load.Address, publisher.Endpoint())
	load.Publisher = publisher
	return publisher.Close, nil
}

// startBridge starts this program once more, as a bridge that may reach the backend.
func startBridge(ctx context.Context, stderr io.Writer, address string) (*bench.Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return bench.Start(ctx, stderr, self, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--allow", "SUB,REQ "+address)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
