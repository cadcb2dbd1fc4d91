package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
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
	hosts     []string
	prefix    string
	hwm       int
	cert, key string
	backends  map[core.Endpoint]gateway.Security
	last      int
	perClient size
	memory    size
	retain    time.Duration
	drain     time.Duration
	demo      bool
	demoAt    demoAt
	noLegacy  bool
	level     slog.Level
	admin     adminOptions
}

func parseServeOptions(args []string, stderr io.Writer) (*serveOptions, error) {
	o := &serveOptions{level: slog.LevelInfo, perClient: 64 << 20, memory: 1 << 30}
	flags := flag.NewFlagSet("zwb serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main reports a mistake in one line; all flags are listed only with -h
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8000", "`address` to listen on")
	flags.Func("allow", "let pages use these sockets: `'TYPES ADDRESS'`, as in 'REQ tcp://127.0.0.1:10001' or 'SUB,REQ tcp://host:5000-5999';\n"+
		"repeat for more. TYPES is a socket type, several with commas between, or *. The port may be a range or *.\n"+
		"'bind TYPES ADDRESS' lets pages have the bridge listen at the address.\n"+
		"Options for subscriptions may follow, as in 'SUB tcp://host:5000 rate=20/s hwm=100 overflow=conflate':\n"+
		"  rate=20/s                 at most so many messages per second\n"+
		"  hwm=100                   how many messages wait for a page that reads too slowly, instead of --hwm\n"+
		"  overflow=A,B              what happens when more wait: drop-newest, drop-oldest, conflate (keep the last message\n"+
		"                            of each topic) or close. The first is the default, and pages may choose the others;\n"+
		"                            with 'A,*' they may choose any\n"+
		"  history=10000,60s,16MiB   keep the last messages for pages that come back: at most so many, for so long, in so\n"+
		"                            much memory; one of the three is enough\n"+
		"  history-prefixes=fx.,time keep only topics that begin with one of these\n"+
		"And for all sockets, as in 'DEALER tcp://host:5555 identity=page-*':\n"+
		"  identity=A,B              which identities they may have, where * stands for any text; default any", o.addRule)
	flags.Func("networks", "connect to backends only in these `networks`, as in 10.0.0.0/8,127.0.0.0/8,fd00::/8; this matters for rules with host\n"+
		"names, which could stand for any address. Default: every address that the rules allow", o.addNetworks)
	flags.Func("origin", "let pages of this `origin` connect, besides those that the bridge serves; repeat for more. An origin is scheme, host and port,\n"+
		"as in https://app.example.org or https://*.example.org, where * stands for labels of the host; * alone lets all pages connect", o.addOrigin)
	flags.Func("host", "the `name` under which browsers reach this bridge, as in bridge.example.org, so that its console works there; repeat for more.\n"+
		"localhost, IP addresses and the name in --listen are known. A page of any other host is not the bridge's, even if that name leads here",
		func(host string) error { o.hosts = append(o.hosts, host); return nil })
	flags.StringVar(&o.prefix, "prefix", "", "the `path` under which a proxy passes requests on, as in /zwb/; one that takes it off needs no --prefix")
	flags.IntVar(&o.hwm, "hwm", 1000, "how many `messages` wait for a SUB socket of a page that reads too slowly, before messages are dropped")
	flags.Var(&o.perClient, "queue-limit", "how much `memory` what is held for one client may take; what would be more is refused as busy")
	flags.Var(&o.memory, "memory", "how much `memory` what is held for all clients may take; beyond that, those with the most are disconnected")
	flags.IntVar(&o.last, "last-values", 0, "for so many `topics` of each publisher, give a new subscriber the last message at once; 0: none")
	flags.Func("security", "JSON `file` with the PLAIN passwords and CURVE keys for backends, by address", func(name string) (err error) {
		o.backends, err = readSecurity(name)
		return err
	})
	flags.DurationVar(&o.retain, "retain", time.Minute, "how long the bridge keeps the session of a client that has lost its WebSocket; 0: not at all")
	flags.DurationVar(&o.drain, "drain", 10*time.Second, "how long clients have to move to another bridge after this one gets SIGTERM; 0: no time")
	flags.StringVar(&o.cert, "cert", "", "TLS certificate `file` (PEM)")
	flags.StringVar(&o.key, "key", "", "TLS key `file` (PEM)")
	flags.BoolVar(&o.demo, "demo", false, "also start and allow demo backends on 127.0.0.1")
	flags.IntVar((*int)(&o.demoAt), "demo-port", 10001, "the first of the four `port`s of the demo backends")
	flags.BoolVar(&o.noLegacy, "no-legacy", false, "refuse clients of the bridge of 2012, whose bridge.js speaks JSON")
	o.admin.define(flags)
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

func (o *serveOptions) addOrigin(origin string) error {
	o.origins = append(o.origins, origin)
	return server.CheckOrigin(origin)
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
		return usageError{errors.New("--cert and --key go together: give both or none")}
	case o.demoAt < 1 || o.demoAt > 65532:
		return usageError{errors.New("--demo-port must be from 1 to 65532")}
	case o.hwm < 1:
		return usageError{errors.New("--hwm must be at least 1")}
	case o.prefix != "" && (!strings.HasPrefix(o.prefix, "/") || strings.ContainsAny(o.prefix, "{} ?#")):
		return usageError{errors.New("--prefix is a path, as in /zwb/")}
	case o.perClient < 1<<20:
		return usageError{errors.New("--queue-limit must be at least 1MiB")}
	case o.memory < o.perClient:
		return usageError{errors.New("--memory must be at least as much as --queue-limit")}
	case o.admin.listen == "" && (o.admin.tokenFile != "" || o.admin.audit != ""):
		return usageError{errors.New("--admin-token-file and --audit need --admin")}
	case o.retain < 0 || o.drain < 0:
		return usageError{errors.New("--retain and --drain must not be negative")}
	}
	if host, _, err := net.SplitHostPort(o.listen); err == nil && host != "" {
		o.hosts = append(o.hosts, host)
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
