package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// makeToken is zwb token: it makes a token, says it once, and appends its hash to the file.
func makeToken(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("zwb token", flag.ContinueOnError)
	flags.SetOutput(stderr)
	user := flags.String("user", "", "whose it is")
	claims := flags.String("claims", "", `what else is said of the user: a JSON object, as in '{"groups":["trader"]}'`)
	life := flags.String("expires", "", "in what time it expires, as in 12h or 30d; default never")
	file := flags.String("file", "tokens.yaml", "the file of tokens")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	if *user == "" && flags.NArg() == 1 {
		*user = flags.Arg(0)
	} else if *user == "" || flags.NArg() > 0 {
		return usageError{errors.New("whose token? It is zwb token [--claims JSON] [--expires 30d] [--file tokens.yaml] --user NAME")}
	}
	holder := users.TokenHolder{User: *user}
	expires, err := parseLife(*life)
	if err == nil {
		holder.Claims, err = users.ParseClaims(*claims)
	}
	if err != nil {
		return usageError{err}
	}
	holder.Expires = users.ExpiresIn(expires)
	token, err := users.AppendToken(*file, holder)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, token)
	fmt.Fprintf(stderr, "%s has its hash only: this is the one time that the token is said\n", *file)
	return nil
}

// parseLife reads a duration, which may be in days.
func parseLife(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	life, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n int
		n, err = strconv.Atoi(days)
		life = time.Duration(min(n, 36_500)) * 24 * time.Hour
	}
	if err != nil || life <= 0 {
		return 0, fmt.Errorf("--expires %q is no time, as in 12h or 30d", text)
	}
	return life, nil
}
