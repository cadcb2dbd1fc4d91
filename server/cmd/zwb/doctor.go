package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/probe"
)

// doctor says what answers at the given addresses. Without an address it tests the bridge's own ZeroMQ side.
func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseDoctorOptions(args, stderr)
	if err != nil {
		return err
	}
	if len(o.endpoints) == 0 {
		return selfTest(ctx, checks, stdout)
	}
	return o.diagnoseAll(ctx, stdout)
}

// doctorOptions are the flags of zwb doctor.
type doctorOptions struct {
	endpoints []core.Endpoint
	backends  map[core.Endpoint]gateway.Security
	timeout   time.Duration
	json      bool
}

func parseDoctorOptions(args []string, stderr io.Writer) (*doctorOptions, error) {
	o := new(doctorOptions)
	flags := flag.NewFlagSet("zwb doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("address", "say what answers at this `address`, as in tcp://127.0.0.1:10001, and what pages need to use it;\n"+
		"repeat for more. Without one the bridge tests itself", o.addAddress)
	flags.Func("security", "JSON `file` with the PLAIN passwords and CURVE keys for backends, as for zwb serve", func(name string) (err error) {
		o.backends, err = settings.ReadSecurity(name)
		return err
	})
	flags.DurationVar(&o.timeout, "timeout", 5*time.Second, "how long an address may take")
	flags.BoolVar(&o.json, "json", false, "print one JSON object for each address")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
			return nil, err
		}
		return nil, usageError{fmt.Errorf("%w; see zwb doctor -h", err)}
	}
	return o, o.check(flags.Args())
}

func (o *doctorOptions) addAddress(text string) error {
	ep, err := core.ParseAddress(text)
	if err != nil {
		return err
	}
	o.endpoints = append(o.endpoints, ep)
	return nil
}

func (o *doctorOptions) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return usageError{fmt.Errorf("unexpected argument %q; see zwb doctor -h", rest[0])}
	case o.timeout <= 0:
		return usageError{errors.New("--timeout must be more than 0")}
	case len(o.endpoints) == 0 && (o.json || o.backends != nil):
		return usageError{errors.New("--json and --security go with --address, which is missing")}
	}
	return nil
}

// diagnoseAll probes all addresses at once and reports in their order.
func (o *doctorOptions) diagnoseAll(ctx context.Context, w io.Writer) error {
	config := probe.Config{
		Timeout:  o.timeout,
		Security: func(backend core.Endpoint) gateway.Security { return o.backends[backend] },
	}
	results := make([]chan diagnosis, len(o.endpoints))
	for i, ep := range o.endpoints {
		results[i] = make(chan diagnosis, 1)
		go func() { results[i] <- diagnose(probe.Probe(ctx, ep, config)) }() // ends with the probe, which has a timeout
	}
	unusable := 0
	for _, result := range results {
		d := <-result
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.Error != "" {
			unusable++
		}
		if err := o.write(w, d); err != nil {
			return err
		}
	}
	if unusable > 0 {
		return fmt.Errorf("%d of %d addresses cannot be used", unusable, len(results))
	}
	return nil
}

func (o *doctorOptions) write(w io.Writer, d diagnosis) error {
	if o.json {
		text, err := json.Marshal(d)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n", escaped(text))
		}
		return err
	}
	_, err := io.WriteString(w, d.String())
	return err
}
