package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

//go:embed libzmq.c
var source []byte

// scenario is one line of the table.
type scenario struct {
	name   string
	peer   string // what libzmq.c calls it
	size   int    // of a body
	window int    // echoes or requests under way; 0: the peer never waits
}

var scenarios = []scenario{
	{"DEALER echo, 3 frames, 64 B", "echo", 64, 256},
	{"DEALER echo, 3 frames, 1 KiB", "echo", 1024, 256},
	{"SUB 64 B", "flood", 64, 0},
	{"SUB 1 KiB", "flood", 1024, 0},
	{"1000 requesters on a REP, 64 B", "rep", 64, 1000},
}

// bench is what all scenarios have in common.
type bench struct {
	libzmq, gateway string // executables
	rounds          int
	warmup, measure time.Duration
}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == clientCommand {
		if err := runClient(os.Args[2:]); err != nil {
			log.Fatal("gateway: ", err)
		}
		return
	}
	b := bench{warmup: 300 * time.Millisecond}
	flag.IntVar(&b.rounds, "rounds", 5, "how often each client is measured")
	flag.DurationVar(&b.measure, "time", 2*time.Second, "how long it is measured each time")
	only := flag.String("only", "", "just the lines whose name contains this")
	flag.Parse()
	if b.rounds < 1 || b.measure <= 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, *only); err != nil {
		stop()
		log.Fatal(err)
	}
}

func (b bench) run(ctx context.Context, only string) error {
	dir, err := os.MkdirTemp("", "bench-zmq")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if b.libzmq, err = compile(ctx, dir); err != nil {
		return err
	}
	if b.gateway, err = os.Executable(); err != nil {
		return err
	}
	fmt.Printf("%d rounds of %v each, in turn; %d cores, %s; load %s\n\n", b.rounds, b.measure, runtime.NumCPU(), runtime.Version(), load())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tlibzmq /s\tgateway /s\tratio\trounds\tlibzmq CPU µs\tgateway CPU µs\tratio\trounds\tload\t")
	for _, s := range scenarios {
		if !strings.Contains(s.name, only) {
			continue
		}
		libzmq, gateway, err := b.compare(ctx, s)
		if err != nil {
			table.Flush()
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(table, "%-30s\t%s\t%s\t%s\t\n", s.name,
			columns("%.0f", libzmq, gateway, sample.rate), columns("%.2f", libzmq, gateway, sample.cpu), load())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Println("\nA ratio is gateway / libzmq of the medians; behind it, the least and the greatest of a round.")
	return nil
}

// compile makes the executable of libzmq.c.
func compile(ctx context.Context, dir string) (string, error) {
	c, exe := filepath.Join(dir, "libzmq.c"), filepath.Join(dir, "libzmq")
	if err := os.WriteFile(c, source, 0o600); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "cc", "-O2", "-o", exe, c, "-lzmq", "-lpthread").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the C client on libzmq cannot be compiled; it needs cc and libzmq's headers: "+
			"apt-get install gcc libc6-dev libzmq3-dev\n%w\n%s", err, out)
	}
	return exe, nil
}

// compare measures both clients in turn at one peer. Who is first alternates.
func (b bench) compare(ctx context.Context, s scenario) (libzmq, gateway []sample, err error) {
	endpoint, stop, err := b.startPeer(s)
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	one := func(all *[]sample, name string, first ...string) {
		if err != nil {
			return
		}
		args := append(first, s.peer+"-client", endpoint, fmt.Sprint(s.size), fmt.Sprint(s.window),
			fmt.Sprint(b.warmup.Seconds()), fmt.Sprint(b.measure.Seconds()))
		var m sample
		if m, err = b.measureOne(ctx, name, args); err == nil {
			*all = append(*all, m)
		}
	}
	for round := range b.rounds {
		if round%2 == 0 {
			one(&libzmq, b.libzmq)
			one(&gateway, b.gateway, clientCommand)
		} else {
			one(&gateway, b.gateway, clientCommand)
			one(&libzmq, b.libzmq)
		}
	}
	return libzmq, gateway, err
}

// startPeer runs a libzmq peer until stop is called, or this process ends.
func (b bench) startPeer(s scenario) (endpoint string, stop func(), err error) {
	args := []string{s.peer}
	if s.window == 0 {
		args = append(args, fmt.Sprint(s.size))
	}
	cmd := exec.Command(b.libzmq, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		in.Close()
		cmd.Wait()
	}
	if _, err := fmt.Fscanln(out, &endpoint); err != nil {
		stop()
		return "", nil, fmt.Errorf("the libzmq peer does not say where it listens: %w", err)
	}
	return endpoint, stop, nil
}

// sample is what one client did.
type sample struct {
	messages int           // while it was measured
	seconds  float64       // for how long that was
	all      int           // messages of its whole life
	spent    time.Duration // CPU time of its whole life
}

func (m sample) rate() float64 { return float64(m.messages) / m.seconds }

// cpu is the microseconds for a message.
func (m sample) cpu() float64 { return float64(m.spent.Nanoseconds()) / 1e3 / float64(m.all) }

// measureOne runs one client to its end.
func (b bench) measureOne(ctx context.Context, exe string, args []string) (m sample, err error) {
	limit := b.warmup + b.measure + 20*time.Second
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("no result after "+limit.String()))
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		_, err = fmt.Sscan(string(out), &m.messages, &m.seconds, &m.all)
	}
	if err == nil && (m.messages <= 0 || m.seconds <= 0) {
		err = errors.New("no message arrived")
	}
	if err != nil {
		return m, fmt.Errorf("%s %s: %w", filepath.Base(exe), strings.Join(args, " "), err)
	}
	m.spent = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return m, nil
}

// columns are the medians, their ratio, and the smallest and greatest ratio of a round.
func columns(format string, libzmq, gateway []sample, of func(sample) float64) string {
	var c, g, ratios []float64
	for i := range libzmq {
		c, g = append(c, of(libzmq[i])), append(g, of(gateway[i]))
		ratios = append(ratios, g[i]/c[i])
	}
	return fmt.Sprintf(format+"\t"+format+"\t%.2f\t%.2f–%.2f", median(c), median(g), median(g)/median(c), slices.Min(ratios), slices.Max(ratios))
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// load is the load average of the last minute: how much else the machine does.
func load() string {
	data, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(data), " ")
	if one == "" {
		return "unknown"
	}
	return one
}
