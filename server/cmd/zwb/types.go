package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/typescript"
)

const typesUsage = `zwb types [flags] [URL] writes an interface for programs in TypeScript, of the endpoints that a running bridge has names for,
as far as a user may reach them. The URL is that of the console or of the WebSocket; default http://127.0.0.1:8000.

`

// typesOptions are what zwb types is told.
type typesOptions struct {
	place     *url.URL
	token     string
	out, name string
}

// writeTypes is zwb types.
func writeTypes(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseTypesOptions(args, stderr)
	if err != nil {
		return err
	}
	list, err := typescript.Ask(ctx, o.place, o.token)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(stderr, "zwb: the interface is empty: the bridge has no names for endpoints, or none for this user, or a service over ZeroMQ is asked about each")
	}
	text := typescript.Interface(o.name, list)
	if o.out != "" {
		return os.WriteFile(o.out, []byte(text), 0o644)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

func parseTypesOptions(args []string, stderr io.Writer) (*typesOptions, error) {
	o := new(typesOptions)
	flags := flag.NewFlagSet("zwb types", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.token, "token", "", "the user's `token`, which others on this machine may see; default nobody in particular")
	file := flags.String("token-file", "", "`file` with the token")
	flags.StringVar(&o.out, "out", "", "`file` to write, as in endpoints.ts; default the terminal")
	flags.StringVar(&o.name, "name", "Endpoints", "`name` of the interface")
	var urls []string
	for rest := args; ; rest = flags.Args()[1:] { // flags may also follow the URL
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, typesUsage)
			flags.SetOutput(stderr)
			flags.PrintDefaults()
			return nil, err
		} else if err != nil {
			return nil, usageError{fmt.Errorf("%w; see zwb types -h", err)}
		}
		if flags.NArg() == 0 {
			break
		}
		urls = append(urls, flags.Arg(0))
	}
	return o, o.complete(urls, *file)
}

// complete checks what was said, and reads the token.
func (o *typesOptions) complete(urls []string, tokenFile string) (err error) {
	if len(urls) == 0 {
		urls = []string{"http://127.0.0.1:8000"}
	}
	switch {
	case len(urls) > 1:
		return usageError{fmt.Errorf("unexpected argument %q; see zwb types -h", urls[1])}
	case !typescript.IsName(o.name):
		return usageError{fmt.Errorf("--name %q: the name of an interface is a capital letter, and letters, digits and _", o.name)}
	case o.token != "" && tokenFile != "":
		return usageError{errors.New("--token and --token-file are two ways to say the same")}
	}
	if o.place, err = typescript.Place(urls[0]); err != nil {
		return usageError{err}
	}
	if tokenFile == "" {
		return nil
	}
	text, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	if o.token = strings.TrimSpace(string(text)); o.token == "" {
		return errors.New(tokenFile + ": there is no token in it")
	}
	return nil
}
