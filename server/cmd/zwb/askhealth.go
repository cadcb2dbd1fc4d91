package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/health"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// askHealth is zwb health.
func askHealth(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	at, err := whomToAsk(args, stderr)
	if err != nil {
		return err
	}
	said, err := health.Ask(ctx, at)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s says %q\n", at.URL, said)
	return nil
}

// whomToAsk is the URL that was given, or the bridge that was started with the same flags and the same file. That file may have
// mistakes by now: the bridge goes on with what it has read before.
func whomToAsk(args []string, stderr io.Writer) (health.Place, error) {
	if len(args) == 1 && (strings.HasPrefix(args[0], "http://") || strings.HasPrefix(args[0], "https://")) {
		return health.Place{URL: args[0]}, nil
	}
	s, err := settings.Read("zwb health", args, os.Environ(), stderr)
	if s == nil || err != nil && !errors.As(err, new(config.Mistakes)) {
		return health.Place{}, asUsage(err)
	}
	return health.Of(s)
}
