package settings

import (
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
)

// DemoAt is the first of the four ports of the demo; it is 10001 in the README.
type DemoAt int

// Echo is where a REP repeats what it is sent.
func (first DemoAt) Echo() string { return first.address(0) }

// Ticker is where a PUB publishes exchange rates.
func (first DemoAt) Ticker() string { return first.address(1) }

// Pages is where pages may serve as REP.
func (first DemoAt) Pages() string { return first.address(2) }

// RPC is where functions can be called.
func (first DemoAt) RPC() string { return first.address(3) }

func (first DemoAt) address(n int) string { return fmt.Sprintf("tcp://127.0.0.1:%d", int(first)+n) }

// String tells people what is where.
func (first DemoAt) String() string {
	return fmt.Sprintf(`  demo       REP echo     %s
             PUB ticker   %s   topics time, fx.EURUSD, fx.GBPUSD
             RPC server   %s   echo, add, add_user
             pages may serve as REP on %s
`, first.Echo(), first.Ticker(), first.RPC(), first.Pages())
}

// rules are those that allow pages to use the demo.
func (first DemoAt) rules() (policy.Rules, error) {
	var rules policy.Rules
	for _, text := range []string{"REQ " + first.Echo(), "SUB " + first.Ticker(), "REP " + first.Pages(), "REQ " + first.RPC()} {
		rule, err := policy.ParseRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}
