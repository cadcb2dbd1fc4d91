package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
)

// serveOptions are the flags of zwb serve.
type serveOptions struct {
	listen    string
	allow     []string
	rules     policy.Rules
	networks  policy.Networks
	origins   []string
	hwm       int
	cert, key string
	backends  map[core.Endpoint]gateway.Security
	last      int
	retain    time.Duration
	drain     time.Duration
	demo      bool
	demoAt    demoAt
	noLegacy  bool
	level     slog.Level
}

func parseServeOptions(args []string, stderr io.Writer) (*serveOptions, error) {
	o := &serveOptions{level: slog.LevelInfo}
	flags := flag.NewFlagSet("zwb serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main reports a mistake in one line; all flags are listed only with -h
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8000", "`address` to listen on")
	flags.Func("allow", "let pages use this: `'TYPES ADDRESS'`, as in 'REQ tcp://127.0.0.1:10001' or 'SUB,REQ tcp://host:5000-5999'\n"+
		"TYPES is a socket type, a comma list or *; the port may be * or a range; 'bind TYPES ADDRESS' lets the bridge listen there;\n"+
		"repeat the flag for more. For subscriptions it may go on: 'SUB tcp://host:5000 rate=20/s hwm=100 overflow=conflate', which are\n"+
		"messages per second, messages queued for a page that does not keep up, and what then: drop-newest, drop-oldest, conflate or close;\n"+
		"of a list the first is the default and the others may be chosen, 'conflate,*' lets pages choose any.\n"+
		"'SUB tcp://host:5000 history=10000,60s,16MiB' keeps the last messages, for pages that come back: so many, for so long, in so much\n"+
		"memory, whichever is reached first; 'history-prefixes=fx.,time' keeps only these", o.addRule)
	flags.Func("networks", "connect to backends only in these `networks`, whatever a host name in a rule stands for: 10.0.0.0/8,127.0.0.0/8,fd00::/8;\n"+
		"default: wherever a rule points", o.addNetworks)
	flags.Func("origin", "let pages of this `origin` connect, besides the bridge's own: https://app.example.org, https://*.example.org, *; repeat for more",
		func(origin string) error { o.origins = append(o.origins, origin); return nil })
	flags.IntVar(&o.hwm, "hwm", 1000, "`messages` queued for a page's SUB socket that does not keep up, before messages are dropped")
	flags.IntVar(&o.last, "last-values", 0, "`topics` per publisher whose last message is handed to a new subscriber at once")
	flags.Func("security", "PLAIN passwords and CURVE keys for backends, by address: a JSON `file`", func(name string) (err error) {
		o.backends, err = readSecurity(name)
		return err
	})
	flags.DurationVar(&o.retain, "retain", time.Minute, "how long a client that lost its WebSocket finds its sockets again; 0: not at all")
	flags.DurationVar(&o.drain, "drain", 10*time.Second, "how long clients have to move to another bridge when this one is told to stop (SIGTERM); 0: no time")
	flags.StringVar(&o.cert, "cert", "", "TLS certificate `file` (PEM)")
	flags.StringVar(&o.key, "key", "", "TLS key `file` (PEM)")
	flags.BoolVar(&o.demo, "demo", false, "also start and allow demo backends on 127.0.0.1")
	flags.IntVar((*int)(&o.demoAt), "demo-port", 10001, "first of the four `port`s of the demo backends")
	flags.BoolVar(&o.noLegacy, "no-legacy", false, "refuse the JSON protocol of 2012's bridge.js")
	flags.TextVar(&o.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
			return nil, err
		}
		return nil, usageError{fmt.Errorf("%w; see zwb serve -h", err)}
	}
	return o, o.check(flags.Args())
}

func (o *serveOptions) addRule(text string) error {
	rule, err := policy.ParseRule(text)
	if err != nil {
		return err
	}
	o.allow = append(o.allow, text)
	o.rules = append(o.rules, rule)
	return nil
}

func (o *serveOptions) addNetworks(list string) error {
	networks, err := policy.ParseNetworks(list)
	o.networks = append(o.networks, networks...)
	return err
}

func (o *serveOptions) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return usageError{fmt.Errorf("unexpected argument %q; see zwb serve -h", rest[0])}
	case (o.cert == "") != (o.key == ""):
		return usageError{errors.New("--cert and --key go together")}
	case o.demoAt < 1 || o.demoAt > 65532:
		return usageError{errors.New("--demo-port is from 1 to 65532")}
	case o.hwm < 1:
		return usageError{errors.New("--hwm is at least 1")}
	case o.retain < 0 || o.drain < 0:
		return usageError{errors.New("--retain and --drain are not negative")}
	}
	if o.demo {
		rules, err := o.demoAt.rules()
		if err != nil {
			return err
		}
		o.rules = append(o.rules, rules...)
	}
	if err := o.networks.Check(o.rules); err != nil {
		return usageError{fmt.Errorf("--networks: %w", err)}
	}
	return nil
}
