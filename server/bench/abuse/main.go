package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	duration := flag.Duration("for", 6*time.Second, "how long each attack takes")
	only := flag.String("only", "", "the one attack that is made")
	attack := flag.String("attack", "", "be the attackers, of the bridge at this address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *attack != "" {
		os.Exit(beAttackers(ctx, *only, *attack, *duration))
	}
	if flag.NArg() != 1 || *duration <= 0 {
		fmt.Fprintln(os.Stderr, "abuse [--for 6s] [--only NAME] ZWB")
		os.Exit(2)
	}
	os.Exit(run(ctx, flag.Arg(0), *only, *duration))
}

// run makes one attack after the other, and returns the exit status.
func run(ctx context.Context, zwb, only string, duration time.Duration) (status int) {
	printHead(os.Stdout)
	for _, a := range attacks {
		if only != "" && a.name != only {
			continue
		}
		r, err := measure(ctx, zwb, a, duration)
		if err != nil {
			fmt.Fprintf(os.Stderr, "abuse: %s: %v\n", a.name, err)
			return 1
		}
		r.print(os.Stdout)
		if !r.holds() {
			status = 1
		}
	}
	return status
}
