package link

import (
	"net"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestSettle(t *testing.T) {
	for _, test := range []struct{ asked, want string }{
		{"tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"},
		{"tcp://*:5555", "tcp://0.0.0.0:5555"},
		{"ipc:///tmp/x", "ipc:///tmp/x"},
		{"orders", "orders"},
		{"tcp://127.0.0.1", "tcp://127.0.0.1"}, // whoever parses it says what is wrong
	} {
		if got, err := Settle(test.asked); err != nil || got != test.want {
			t.Errorf("%s became %s, %v", test.asked, got, err)
		}
	}
}

func TestSettleChoosesAPort(t *testing.T) {
	for asked, host := range map[string]string{"tcp://127.0.0.1:*": "tcp://127.0.0.1:", "tcp://*:*": "tcp://0.0.0.0:"} {
		got, err := Settle(asked)
		if err != nil || !strings.HasPrefix(got, host) {
			t.Fatalf("%s became %s, %v", asked, got, err)
		}
		endpoint, err := core.ParseAddress(got)
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", endpoint.HostPort())
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

func TestSettleLooksUpNoName(t *testing.T) {
	if got, err := Settle("tcp://localhost:*"); core.CodeOf(err) != core.Invalid {
		t.Errorf("it became %s, %v", got, err)
	}
}
