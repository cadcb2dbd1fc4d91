package core_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestSocketTypes(t *testing.T) {
	names := []string{"PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"} // zmq.h's order
	for i, name := range names {
		typ, err := core.ParseSocketType(name)
		if err != nil || int(typ) != i || typ.String() != name || !typ.Valid() {
			t.Errorf("%s is %d %v, %v", name, typ, typ, err)
		}
	}
	for _, name := range []string{"", "req", "STREAM", "unknown"} {
		if _, err := core.ParseSocketType(name); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: error %v", name, err)
		}
	}
	if typ := core.SocketType(len(names)); typ.Valid() || typ.String() != "unknown" {
		t.Errorf("type %d is %v", len(names), typ)
	}
}
