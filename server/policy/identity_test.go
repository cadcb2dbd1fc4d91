package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// TestIdentities: which name a socket may bear is a part of the question.
func TestIdentities(t *testing.T) {
	tests := []struct {
		option, name string
		want         bool
	}{
		{"", "", true},
		{"", "anybody", true},
		{"identity=*", "", true},
		{"identity=*", "anybody", true},
		{"identity=", "", true},
		{"identity=", "anybody", false},
		{"identity=alice", "alice", true},
		{"identity=alice", "alice2", false},
		{"identity=alice", "", false},
		{"identity=page-*", "page-7", true},
		{"identity=page-*", "page-", true},
		{"identity=page-*", "a page-7", false},
		{"identity=page-*,kiosk", "kiosk", true},
		{"identity=page-*,", "", true},
		{"identity=page-*,", "x", false},
		{"identity=*-a-*-b", "x-a-y-b", true},
		{"identity=*-a-*-b", "-a-b", false},
		{"identity=aa*aa", "aaa", false},
		{"identity=*a*", strings.Repeat("b", 255), false},
	}
	for _, typ := range []core.SocketType{core.DEALER, core.REP} {
		for _, test := range tests {
			rule, err := ParseRule(typ.String() + " tcp://127.0.0.1:1 " + test.option)
			if err != nil {
				t.Fatal(err)
			}
			ep, _ := core.ParseEndpoint("tcp://127.0.0.1:1")
			err = Rules{rule}.ZMQAllowed(t.Context(), access.Access{Type: typ, Endpoint: ep, Bind: typ == core.REP, Identity: test.name})
			if (err == nil) != test.want {
				t.Errorf("%v %q for %q: %v", typ, test.option, test.name, err)
			}
		}
	}
}

// TestIdentityAmongOptions: the option stands anywhere, and what it says of a flow and a history is theirs.
func TestIdentityAmongOptions(t *testing.T) {
	rule, err := ParseRule("SUB,DEALER tcp://127.0.0.1:1 hwm=5 identity=me history=10")
	if err != nil || rule.flow.HWM != 5 || rule.history.Messages != 10 || !rule.names.allow("me") || rule.names.allow("you") {
		t.Errorf("%+v, %v", rule, err)
	}
	for text, want := range map[string]string{
		"DEALER tcp://127.0.0.1:1 identity=a identity=b": "twice",
		"DEALER tcp://127.0.0.1:1 identity=a hwm=5":      "for SUB and XSUB",
		"DEALER tcp://127.0.0.1:1 identity":              "none of",
	} {
		if _, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseRule("bind PULL tcp://127.0.0.1:1 identity=a"); err != nil {
		t.Error(err)
	}
}

// TestPatternsAreFast, whatever a rule and a page make up together.
func TestPatternsAreFast(t *testing.T) {
	begun := time.Now()
	for range 1000 {
		matches(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 255))
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("%v", took)
	}
}
