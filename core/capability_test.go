package core_test

import (
	"encoding/hex"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// What an old end sends does not even have the field of its flags.
func TestOldHello(t *testing.T) {
	for without, want := range map[core.Capability]string{^core.Capability(0): "0a0101c0a8800800000000", 0: "0b0101c0a88008000000003e"} {
		s := core.NewSession(core.SessionConfig{Without: without}, 0)
		s.Greet(nil)
		if got := hex.EncodeToString(s.Take(nil, 0)); got != want {
			t.Errorf("without %b: %s, want %s", without, got, want)
		}
	}
}

// A bit that an end does not know, in a flags field of a newer one, is nothing to it.
func TestUnknownCapabilities(t *testing.T) {
	bridge := core.NewSession(core.SessionConfig{Bridge: true}, 0)
	hello := core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 20, Flags: 1 | 1<<2 | 1<<40}
	if err := bridge.Feed(core.AppendFrame(nil, &hello), 0, func(*core.Frame) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if !bridge.Can(core.CanLinger) || bridge.Can(core.CanDisconnect) || bridge.Can(1<<40) || bridge.Can(1) {
		t.Error("it takes other capabilities for shared than linger")
	}
}
