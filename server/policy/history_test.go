package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func TestHistoryOfRules(t *testing.T) {
	for options, want := range map[string]access.History{
		"":                          {},
		"hwm=5":                     {},
		"history=10000":             {Messages: 10_000},
		"history=60s":               {Age: time.Minute},
		"history=16MiB":             {Bytes: 16 << 20},
		"history=500kB":             {Bytes: 500_000},
		"history=10000,60s,16MiB":   {Messages: 10_000, Age: time.Minute, Bytes: 16 << 20},
		"history=1GB,1h30m,5 hwm=5": {Messages: 5, Age: 90 * time.Minute, Bytes: 1e9},
		"rate=5/s history-prefixes=fx. history=7": {Messages: 7, Prefixes: []string{"fx."}},
		"history=7 history-prefixes=fx.,a=b":      {Messages: 7, Prefixes: []string{"fx.", "a=b"}},
	} {
		rule, err := ParseRule("SUB,REQ tcp://127.0.0.1:7000-7009 " + options)
		if err != nil {
			t.Errorf("%q: %v", options, err)
			continue
		}
		ep := core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 7005}
		if got := (Rules{rule}).History(ep); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", options, got, want)
		}
		ep.Port = 7010
		if got := (Rules{rule}).History(ep); !reflect.DeepEqual(got, access.History{}) {
			t.Errorf("%q: %+v elsewhere", options, got)
		}
	}
}

// TestFirstRuleSaysWhatIsKept checks that the first rule counts of those that let pages subscribe where the bridge connects.
func TestFirstRuleSaysWhatIsKept(t *testing.T) {
	var rules Rules
	for _, text := range []string{"REQ tcp://127.0.0.1:*", "bind SUB tcp://127.0.0.1:*", "XSUB tcp://127.0.0.1:1 history=1",
		"* tcp://127.0.0.1:1-2 history=2", "SUB tcp://127.0.0.1:2 history=3"} {
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	for port, want := range map[uint16]int{1: 1, 2: 2, 3: 0} {
		if got := rules.History(core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: port}).Messages; got != want {
			t.Errorf("port %d: %d, want %d", port, got, want)
		}
	}
}

func TestMalformedHistories(t *testing.T) {
	for rule, want := range map[string]string{
		"SUB tcp://127.0.0.1:1 history":                         "none of history=",
		"SUB tcp://127.0.0.1:1 history=":                        "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=0":                       "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=-5":                      "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=1,2":                     "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=1,":                      "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=1m,60s":                  "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=16M":                     "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=9999999GiB":              "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=1MiB,1KiB":               "history=10000,60s,16MiB",
		"SUB tcp://127.0.0.1:1 history=1 history=2":             "twice",
		"SUB tcp://127.0.0.1:1 history-prefixes=a":              "history=10000 history-prefixes=fx.,time",
		"SUB tcp://127.0.0.1:1 history=1 history-prefixes=":     "history=10000 history-prefixes=fx.,time",
		"SUB tcp://127.0.0.1:1 history=1 history-prefixes=a,,b": "history=10000 history-prefixes=fx.,time",
		"REQ tcp://127.0.0.1:1 history=1":                       "for SUB and XSUB",
		"bind SUB tcp://127.0.0.1:1 history=1":                  "where it connects",
	} {
		if _, err := ParseRule(rule); core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", rule, err)
		}
	}
}
