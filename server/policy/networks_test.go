package policy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestNetworks(t *testing.T) {
	tests := []struct {
		networks, addr string
		want           bool
	}{
		{"10.0.0.0/8", "10.255.0.1:5555", true},
		{"10.0.0.0/8", "11.0.0.1:5555", false},
		{"10.0.0.0/8", "[::ffff:10.0.0.1]:5555", true},
		{"10.0.0.0/8", "[::1]:5555", false},
		{"10.0.0.0/8,127.0.0.1", "127.0.0.1:1", true},
		{"10.0.0.0/8, 127.0.0.1", "127.0.0.2:1", false},
		{"::1,fd00::/8", "[fd12::1]:1", true},
		{"fe80::/10", "[fe80::1%eth0]:1", true},
		{"127.0.0.0/8", "[::1]:1", false},
		{"::ffff:10.0.0.1", "10.0.0.1:1", true},
		{"10.0.0.0/8", "169.254.169.254:80", false}, // where clouds keep their secrets
		{"0.0.0.0/0", "169.254.169.254:80", true},
		{"0.0.0.0/0", "[2001:db8::1]:80", false},
	}
	for _, test := range tests {
		networks, err := ParseNetworks(test.networks)
		if err != nil {
			t.Errorf("%s: %v", test.networks, err)
			continue
		}
		err = networks.DialAllowed(netip.MustParseAddrPort(test.addr))
		if got := err == nil; got != test.want {
			t.Errorf("%s allows %s: %v (%v)", test.networks, test.addr, got, err)
		}
		if err != nil && (core.CodeOf(err) != core.Denied || strings.Contains(err.Error(), "169")) {
			t.Errorf("refused with %v", err)
		}
	}
	if err := (Networks)(nil).DialAllowed(netip.MustParseAddrPort("8.8.8.8:1")); err != nil {
		t.Errorf("without networks: %v", err)
	}
}

func TestMalformedNetworks(t *testing.T) {
	for text, want := range map[string]string{
		"": "write it as", "10.0.0.0/33": "write it as", "10.0.0/8": "write it as", "backend": "write it as", "10.0.0.0/8,": "write it as",
		"10.1.2.3/8": "did you mean 10.0.0.0/8?", "::ffff:10.0.0.0/104": "IPv4", "fe80::1%eth0": "write it as",
	} {
		if networks, err := ParseNetworks(text); core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", text, networks, err)
		}
	}
}

// TestNetworksAndRules checks that a rule that can never be used is reported as a mistake.
func TestNetworksAndRules(t *testing.T) {
	for text, want := range map[string]bool{
		"SUB tcp://10.0.0.5:1": true, "SUB tcp://192.0.2.1:1": false, "SUB,REP tcp://192.0.2.1:1": false, "* tcp://127.0.0.1:*": false,
		"SUB tcp://backend:1": true, "REP tcp://127.0.0.1:1": true, "bind PULL tcp://127.0.0.1:1": true, "SUB ipc:///run/feed": true,
	} {
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		err = Networks{netip.MustParsePrefix("10.0.0.0/8")}.Check(Rules{rule})
		if got := err == nil; got != want {
			t.Errorf("%s: %v", text, err)
		}
		if err := (Networks)(nil).Check(Rules{rule}); err != nil {
			t.Errorf("%s without networks: %v", text, err)
		}
		if names := (Rules{rule, rule}).Names(); slices.Equal(names, []string{"backend"}) != strings.Contains(text, "backend") {
			t.Errorf("%s: names %q", text, names)
		}
	}
}
