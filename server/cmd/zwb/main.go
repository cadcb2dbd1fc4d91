package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

const usage = `zwb, the Zmq Web Bridge: ZeroMQ for web pages

  zwb serve [flags]          run the bridge, and serve its console and the client for pages
  zwb init [FILE]            write a file to begin with, for zwb serve --config
  zwb check FILE             say what is wrong with such a file
  zwb config print [flags]   say what is in force with the flags of zwb serve, and where it was said
  zwb config schema          print the JSON Schema of the file, from which editors complete it
  zwb reload [flags]         have a running bridge read its file anew, and say what has come of it
  zwb explain                say what such a file allows somebody, and which entries decide that
  zwb token                  make a token for a user
  zwb types [URL]            write an interface for TypeScript: which endpoints of a running bridge a user may reach
  zwb doctor [flags]         with --address, say what answers at an address; without, test the bridge's own ZeroMQ side
  zwb health [URL]           ask a bridge whether it is ready: the one at the URL, or the one of these flags of zwb serve
  zwb bench                  say how fast a bridge is: this one, or any other
  zwb version                print the version, and of which commit it is

zwb serve -h, zwb doctor -h, zwb bench -h, zwb token -h and zwb types -h list the flags.
`

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // runs until the process ends
		received := <-signals
		signal.Stop(signals) // a second signal ends the process at once
		if received == os.Interrupt {
			cancel(errInterrupted)
		}
		cancel(nil)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errInterrupted is the cause for which the context ends when somebody at the terminal presses Ctrl-C.
var errInterrupted = errors.New("interrupted")

// run is main with everything that it uses passed in, so that tests can call it. The result is the exit status: 0, 1 for an
// error, or 2 for a mistake on the command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "serve":
		err = serve(ctx, args[1:], stdout, stderr)
	case "check":
		err = checkFile(args[1:], stdout, stderr)
	case "init":
		err = starter(args[1:], stdout)
	case "config":
		err = configuration(args[1:], stdout, stderr)
	case "explain":
		err = explain(args[1:], stdout, stderr)
	case "reload":
		err = reload(ctx, args[1:], stdout, stderr)
	case "doctor":
		err = doctor(ctx, args[1:], stdout, stderr)
	case "bench":
		err = benchmark(ctx, args[1:], stdout, stderr)
	case "health":
		err = askHealth(ctx, args[1:], stdout, stderr)
	case "token":
		err = makeToken(args[1:], stdout, stderr)
	case "types":
		err = writeTypes(ctx, args[1:], stdout, stderr)
	case "version", "--version":
		fmt.Fprintln(stdout, version())
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
	default:
		err = usageError{noCommand(args[0])}
	}
	return exitStatus(err, stderr)
}

// noCommand says so, and which one may be meant.
func noCommand(name string) error {
	var names []string
	for line := range strings.Lines(usage) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "zwb" {
			names = append(names, fields[1])
		}
	}
	if near := config.Nearest(name, names); near != "" {
		return fmt.Errorf("there is no command %q; did you mean %q? See zwb help", name, near)
	}
	return fmt.Errorf("there is no command %q; see zwb help", name)
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func exitStatus(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case err == errWrong:
		return 1
	case errors.As(err, &usageError{}):
		fmt.Fprintln(stderr, "zwb:", err)
		return 2
	}
	fmt.Fprintln(stderr, "zwb:", err)
	return 1
}
