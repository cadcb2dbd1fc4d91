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

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

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
	root := commands(ctx, stdout, stderr)
	if len(args) == 0 {
		fmt.Fprint(stderr, root.UsageString())
		return 2
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	root.SetArgs(args)
	if _, _, err := root.Find(args); err != nil && !strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return exitStatus(usageError{noCommand(root, args[0])}, stderr)
	}
	return exitStatus(root.ExecuteContext(ctx), stderr)
}

// noCommand says so, and which one may be meant.
func noCommand(root *cobra.Command, name string) error {
	var names []string
	for _, command := range root.Commands() {
		names = append(names, command.Name())
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
	if coded := (interface{ ExitStatus() int })(nil); errors.As(err, &coded) {
		return coded.ExitStatus()
	}
	return 1
}
