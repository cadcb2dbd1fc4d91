package policy

import (
	"reflect"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func TestFlowOfRules(t *testing.T) {
	for options, want := range map[string]access.Flow{
		"":                              {},
		"hwm=100":                       {HWM: 100},
		"rate=20/s":                     {MaxRate: 20},
		"rate=0.5":                      {MaxRate: 0.5},
		"overflow=conflate":             {Overflow: core.Conflate, Allow: []core.Overflow{core.Conflate}},
		"overflow=drop-oldest,*":        {Overflow: core.DropOldest},
		"overflow=conflate,close":       {Overflow: core.Conflate, Allow: []core.Overflow{core.Conflate, core.CloseSlow}},
		"rate=5/s hwm=7 overflow=close": {HWM: 7, MaxRate: 5, Overflow: core.CloseSlow, Allow: []core.Overflow{core.CloseSlow}},
	} {
		rule, err := ParseRule("SUB,REQ tcp://127.0.0.1:7000-7009 " + options)
		if err != nil {
			t.Errorf("%q: %v", options, err)
			continue
		}
		ep, err := core.ParseEndpoint("tcp://127.0.0.1:7005")
		if err != nil {
			t.Fatal(err)
		}
		got := Rules{rule}.Flow(access.Access{Type: core.SUB, Endpoint: ep})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", options, got, want)
		}
		if err := (Rules{rule}).ZMQAllowed(t.Context(), access.Access{Type: core.REQ, Endpoint: ep}); err != nil {
			t.Errorf("%q: %v", options, err)
		}
	}
}

// TestFirstRuleSaysHowMessagesFlow checks that the first rule counts where several rules allow a socket.
func TestFirstRuleSaysHowMessagesFlow(t *testing.T) {
	var rules Rules
	for _, text := range []string{"REQ tcp://127.0.0.1:*", "SUB tcp://127.0.0.1:1 hwm=1", "* tcp://127.0.0.1:* hwm=2", "SUB tcp://127.0.0.1:2 hwm=3"} {
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	for address, want := range map[string]int{"tcp://127.0.0.1:1": 1, "tcp://127.0.0.1:2": 2, "tcp://127.0.0.2:1": 0} {
		ep, err := core.ParseEndpoint(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Flow(access.Access{Type: core.SUB, Endpoint: ep}).HWM; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
}

func TestMalformedFlow(t *testing.T) {
	for options, want := range map[string]string{
		"hwm=0": "hwm=100", "hwm=x": "hwm=100", "hwm": "hwm=100", "rate=0": "rate=20/s", "rate=NaN": "rate=20/s", "rate=1e9/s": "rate=20/s",
		"rate=-1/s": "rate=20/s", "rate=20/m": "rate=20/s", "overflow=": "drop-oldest", "overflow=*": "overflow is", "overflow=newest": "overflow is",
		"overflow=default": "drop-oldest", "overflow=conflate,,": "drop-oldest", "hwm=1 hwm=2": "twice", "size=7": "none of history=, hwm=", "more": "none of history=, hwm=",
	} {
		_, err := ParseRule("SUB tcp://127.0.0.1:1 " + options)
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", options, err)
		}
	}
	if _, err := ParseRule("REQ,PULL tcp://127.0.0.1:1 rate=1/s"); core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), "SUB") {
		t.Errorf("a rate without subscriptions: %v", err)
	}
}
