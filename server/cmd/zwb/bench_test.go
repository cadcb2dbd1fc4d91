package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
)

// asCommand has the test binary be zwb: it is what zwb bench starts as a bridge.
const asCommand = "ZWB_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestBench measures a real bridge, in a process of its own, for a moment. How fast that is says nothing here: the machine may be
// busy.
func TestBench(t *testing.T) {
	t.Setenv(asCommand, "1")
	for args, check := range map[string]func(*bench.Result) bool{
		"fanout --clients 20 --rate 100": func(r *bench.Result) bool {
			return r.PerSecond > 0 && r.Published > 0 && r.Published <= 100 && *r.Loss == 0 && r.Latency.P50 > 0 && r.Latency.P999 >= r.Latency.P50
		},
		"fanout --clients 20 --rate max --size 1024": func(r *bench.Result) bool { return r.PerSecond > 0 && *r.Loss == 0 },
		"request --clients 5 --window 4":             func(r *bench.Result) bool { return r.PerSecond > 0 && *r.Loss == 0 && r.Strange == 0 },
		"idle --clients 20":                          func(r *bench.Result) bool { return r.PerSecond == 0 && r.ConnectsPerSecond > 0 },
	} {
		t.Run(args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"bench"}, strings.Fields(args)...)
			if status := run(t.Context(), append(args, "--for", "500ms", "--json"), &stdout, &stderr); status != 0 {
				t.Fatalf("exit status %d: %s", status, &stderr)
			}
			var r bench.Result
			if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || !check(&r) {
				t.Errorf("%v %s", err, &stdout)
			}
			if runtime.GOOS == "linux" && (r.Server == nil || r.Server.RSS == 0) {
				t.Errorf("it does not see the bridge: %s", &stdout)
			}
		})
	}
}

// TestBenchIsInterrupted: Ctrl-C ends it, and the bridge that it has started, and is what it says: whatever it is at, and whatever
// else goes wrong because everything is being stopped.
func TestBenchIsInterrupted(t *testing.T) {
	t.Setenv(asCommand, "1")
	for _, after := range []time.Duration{0, 100 * time.Millisecond, time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(after, func() { cancel(errInterrupted) })
			var stdout, stderr bytes.Buffer
			begun := time.Now()
			if status := run(ctx, strings.Fields("bench fanout --clients 5 --for 1m"), &stdout, &stderr); status != 1 || stderr.String() != "zwb: interrupted\n" {
				t.Errorf("exit status %d: %s", status, &stderr)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestBenchCommandLine(t *testing.T) {
	for args, want := range map[string]string{
		"nonsense":                           `there is no benchmark "nonsense"`,
		"fanout --rate fast":                 "a number of messages per second, or max",
		"fanout --size 8":                    "--size must be from 24",
		"fanout ws://127.0.0.1:8000":         "write URL and ADDRESS, or none",
		"fanout ws://127.0.0.1:8000 nowhere": "nowhere",
		"request --window 0":                 "--window must be",
		"request --rate 5":                   "not defined",
		"idle --clients 0":                   "--clients must be",
		"idle --pid 5":                       "go with URL and ADDRESS",
		"--for 1ms":                          "--for must be",
	} {
		var out bytes.Buffer
		if status := run(t.Context(), append([]string{"bench"}, strings.Fields(args)...), &out, &out); status != 2 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit status %d, %s", args, status, &out)
		}
	}
	var out bytes.Buffer
	if status := run(t.Context(), []string{"bench", "fanout", "-h"}, &out, &out); status != 0 || !strings.Contains(out.String(), "-clients") {
		t.Errorf("exit status %d: %s", status, &out)
	}
}
