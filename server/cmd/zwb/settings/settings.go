package settings

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Settings are what zwb serve does. They are not changed after Read.
type Settings struct {
	*config.File // what was said, with defaults for what was not

	Said     *config.File    // the same without defaults, for what comes after
	Allowed  []string        // the rules of --allow, as they were written
	Rules    policy.Rules    // these rules, and those of the demo
	Policy   *policy.Policy  // who may reach what: by the file, and by these rules
	Unwise   config.Mistakes // what works, and may not be meant
	Proxies  []netip.Prefix
	Backends map[core.Endpoint]gateway.Security // of zmq.security
	Pair     *tls.Certificate                   // of tls; nil: there is none
	Demo     bool                               // start the demo's backends
	DemoAt   DemoAt
}

// Read reads the arguments of a command that takes the flags of zwb serve, the variables that begin with ZWB_ in an
// environment ("NAME=value"), and the file that --config or ZWB_CONFIG names. A flag wins over a variable, and a variable
// over the file; entries of lists add up. With -h it prints the flags, and the error is flag.ErrHelp. If there are mistakes
// the error is a config.Mistakes, and it has all of them.
func Read(command string, args, environment []string, stderr io.Writer) (*Settings, error) {
	p := newParser(command)
	if err := p.parse(args, environment); errors.Is(err, flag.ErrHelp) {
		p.flags.SetOutput(stderr)
		p.flags.Usage()
		return nil, err
	} else if err != nil {
		return nil, config.Mistakes{{Place: config.Place{File: command}, Text: err.Error() + "; see " + command + " -h"}}
	}
	said, err := config.Read(p.file, p.said...)
	if said == nil {
		return nil, fmt.Errorf("reading --config: %w", err)
	}
	s := &Settings{File: said.WithDefaults(), Said: said, Demo: p.demo, DemoAt: p.demoAt}
	return s, config.Join(err, s.resolve(p))
}

// Level is that of log.level.
func (s *Settings) Level() (level slog.Level) {
	_ = level.UnmarshalText([]byte(s.Log.Level)) // it is one of the four words; without it the level is info
	return level
}
