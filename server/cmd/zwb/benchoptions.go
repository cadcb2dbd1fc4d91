package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
)

const benchUsage = `zwb bench: how fast a bridge is

  zwb bench                                  a short table of everything
  zwb bench fanout  [flags] [URL ADDRESS]    one publisher, many subscribers
  zwb bench request [flags] [URL ADDRESS]    many clients ask, and a backend answers
  zwb bench idle    [flags] [URL ADDRESS]    connections on which nothing happens

URL is that of a bridge's WebSocket, as in ws://127.0.0.1:8000/data, and ADDRESS a ZeroMQ address that it lets clients reach:
a publisher for fanout and idle, a REP or ROUTER for request. Without them a bridge and its backend are started on this machine.

`

// benchOptions are the kind and the flags of zwb bench.
type benchOptions struct {
	mode         string // "": all
	url, address string
	backend      string
	pid          int
	clients      int
	size         int
	rate         int // 0: as fast as it goes
	window       int
	duration     time.Duration
	json         bool
}

func parseBenchOptions(args []string, stderr io.Writer) (*benchOptions, error) {
	o := &benchOptions{rate: 200}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		o.mode, args = args[0], args[1:]
	}
	name := strings.TrimSpace("zwb bench " + o.mode)
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.json, "json", false, "print one JSON object for each measurement")
	flags.DurationVar(&o.duration, "for", 5*time.Second, "how long each measurement takes, without what comes before it")
	if !o.define(flags) {
		return nil, usageError{fmt.Errorf("there is no benchmark %q; see zwb bench -h", o.mode)}
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, benchUsage)
			flags.SetOutput(stderr)
			flags.PrintDefaults()
			return nil, err
		}
		return nil, usageError{fmt.Errorf("%w; see %s -h", err, name)}
	}
	return o, o.check(flags.Args())
}

// define has the flags that not all kinds have. It tells whether the kind is known.
func (o *benchOptions) define(flags *flag.FlagSet) bool {
	clients, size := 0, func() { flags.IntVar(&o.size, "size", 64, "`bytes` of a message") }
	switch o.mode {
	case "":
		return true
	case "fanout":
		clients = 100
		size()
		flags.Func("rate", "`messages` per second, or max (default 200)", o.setRate)
	case "request":
		clients = 50
		size()
		flags.IntVar(&o.window, "window", 1, "`requests` of each client that are outstanding")
	case "idle":
		clients = 1000
		o.size = bench.MinSize
	default:
		return false
	}
	flags.IntVar(&o.clients, "clients", clients, "how many `clients` connect")
	flags.StringVar(&o.backend, "backend", "", "with URL: also be the backend, and listen at this `host:port`, which ADDRESS stands for. Without it\n"+
		"somebody else is at ADDRESS, and fanout cannot know of latency and loss")
	flags.IntVar(&o.pid, "pid", 0, "with URL: the `process` of the bridge, if it runs on this machine, to see its CPU time and memory")
	return true
}

func (o *benchOptions) setRate(text string) error {
	if text == "max" {
		o.rate = 0
		return nil
	}
	rate, err := strconv.Atoi(text)
	if err != nil || rate < 1 || rate > 10_000_000 {
		return errors.New("it is a number of messages per second, or max")
	}
	o.rate = rate
	return nil
}

func (o *benchOptions) check(rest []string) error {
	switch {
	case o.mode != "" && len(rest) == 2:
		o.url, o.address = rest[0], rest[1]
		if _, err := core.ParseAddress(o.address); err != nil {
			return usageError{err}
		}
	case len(rest) > 0:
		return usageError{fmt.Errorf("unexpected %q: write URL and ADDRESS, or none of them, behind all flags; see zwb bench -h", strings.Join(rest, " "))}
	case o.backend != "" || o.pid != 0:
		return usageError{errors.New("--backend and --pid go with URL and ADDRESS, which are missing")}
	}
	switch {
	case o.duration < 100*time.Millisecond || o.duration > time.Hour:
		return usageError{errors.New("--for must be from 100ms to 1h")}
	case o.mode == "":
		return nil
	case o.clients < 1 || o.clients > 100_000:
		return usageError{errors.New("--clients must be from 1 to 100000")}
	case o.size < bench.MinSize || o.size > 8<<20:
		return usageError{fmt.Errorf("--size must be from %d to %d: there is a time in every message", bench.MinSize, 8<<20)}
	case o.mode == "request" && (o.window < 1 || o.window > 10_000):
		return usageError{errors.New("--window must be from 1 to 10000")}
	}
	return nil
}
