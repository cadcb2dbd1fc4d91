package selftest

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// checkTimeout is how long one check may take.
const checkTimeout = 5 * time.Second

// check is one thing that the gateways have to be able to do. It uses real connections on ports of 127.0.0.1 that the kernel
// chooses, and gives up when ctx ends.
type check struct {
	name string
	run  func(ctx context.Context, f factories) error
}

// checks is the self-test.
var checks = []check{
	{"REQ/REP", checkReqRep},
	{"XREQ/XREP", checkXreqXrep},
	{"PUB/SUB", checkPubSub},
	{"PUSH/PULL", func(ctx context.Context, f factories) error { return checkDelivery(ctx, f, core.PUSH, core.PULL) }},
	{"PAIR", func(ctx context.Context, f factories) error { return checkDelivery(ctx, f, core.PAIR, core.PAIR) }},
	{"heartbeats", checkHeartbeats},
	{"PLAIN", checkPlain},
	{"CURVE", checkCurve},
}

// factories make the gateways of a check, and the peers that these talk to.
type factories struct {
	bridge, backend *gateway.Factory
}

// Run makes all checks, and writes one line for each.
func Run(ctx context.Context, w io.Writer) error { return run(ctx, checks, w) }

// run makes checks one after the other, and writes one line for each.
func run(ctx context.Context, checks []check, w io.Writer) error {
	begun, failed := time.Now(), 0
	for _, c := range checks {
		began := time.Now()
		err := c.try(ctx)
		took := time.Since(began)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict := "ok"
		if err != nil {
			failed++
			verdict = "FAILED  " + text(err)
		}
		fmt.Fprintf(w, "  %-10s  %7.1f ms  %s\n", c.name, milliseconds(took), verdict)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(checks))
	}
	fmt.Fprintf(w, "All %d checks passed in %.1f ms.\n", len(checks), milliseconds(time.Since(begun)))
	return nil
}

func (c check) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, fmt.Errorf("not done within %v", checkTimeout))
	defer cancel()
	f := factories{bridge: gateway.NewFactory(gateway.Config{}), backend: gateway.NewFactory(gateway.Config{})}
	defer f.backend.Close()
	defer f.bridge.Close()
	return c.run(ctx, f)
}

// await receives from c, or returns an error when ctx ends.
func await[T any](ctx context.Context, c <-chan T) (T, error) {
	select {
	case v := <-c:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// text is what went wrong, without the code.
func text(err error) string {
	if coded, ok := core.AsError(err); ok {
		return coded.Text
	}
	return err.Error()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
