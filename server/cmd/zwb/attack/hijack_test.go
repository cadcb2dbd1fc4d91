package attack

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// answering is a backend that gives every request to answer, and its address.
func answering(t *testing.T, answer func(in *gateway.Incoming)) string {
	t.Helper()
	factory := gateway.NewFactory(gateway.Config{})
	t.Cleanup(factory.Close)
	backend, err := factory.Rep(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err == nil {
		_, err = backend.Serve("", answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("tcp://127.0.0.1:%d", backend.Endpoint().Port)
}

// TestHijackedReplies: two clients ask one backend over one connection. One of them says all it can about the other's requests, before
// these are answered. Everybody gets their own answers, and no other.
func TestHijackedReplies(t *testing.T) {
	t.Parallel()
	const requests = 50
	var mu sync.Mutex
	var held []*gateway.Incoming
	address := answering(t, func(in *gateway.Incoming) {
		mu.Lock()
		defer mu.Unlock()
		held = append(held, in)
	})
	waiting := func(n int) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return len(held) >= n }
	}
	b := start(t, withSecret+"endpoints:\n  calc: {type: REQ, address: '"+address+"'}\n", secretFile)
	alice, mallory := b.enter(signed("alice", nil)), b.enter(signed("mallory", nil))
	for _, v := range []*intruder.Intruder{alice, mallory} {
		v.Open(1, core.REQ, 0, "calc")
	}
	alice.Hear(core.KindOpened)
	mallory.Hear(core.KindOpened)
	for id := range uint64(requests) {
		alice.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{fmt.Appendf(nil, "alice %d", id+1)}})
	}
	until(t, "her requests arrive", waiting(requests))
	for id := range uint64(requests) {
		mallory.Say(core.Frame{Kind: core.KindCancel, Socket: 1, ID: id + 1})
		mallory.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Parts: core.Message{fmt.Appendf(nil, "mallory %d", id+1)}})
	}
	until(t, "his requests arrive", waiting(2*requests))
	mu.Lock()
	for _, in := range held {
		in.Reply(in.Message)
	}
	mu.Unlock()
	for name, v := range map[string]*intruder.Intruder{"alice": alice, "mallory": mallory} {
		replies := 0
		for _, f := range v.Frames(300 * time.Millisecond) {
			if f.Kind != core.KindReply {
				continue
			}
			replies++
			if want := fmt.Appendf(nil, "%s %d", name, f.ID); !bytes.HasSuffix(f.Body, want) {
				t.Errorf("%s has %q for request %d", name, f.Body, f.ID)
			}
		}
		if replies != requests {
			t.Errorf("%s has %d replies", name, replies)
		}
	}
	endOfForgers(t, b)
}

// endOfForgers: a frame that answers what nobody has asked costs whoever sends it the connection, or does nothing.
func endOfForgers(t *testing.T, b *bridge) {
	t.Helper()
	for _, f := range []core.Frame{
		{Kind: core.KindReply, Socket: 1, ID: 1, Parts: core.Message{[]byte("forged")}},
		{Kind: core.KindFailed, Socket: 1, ID: 1, Code: core.Failed},
		{Kind: core.KindOpened, Socket: 1, ID: 1},
		{Kind: core.KindWelcome, Version: core.Version, Name: []byte("token")},
		{Kind: core.KindPublication, Socket: 1, ID: 1, Parts: core.Message{[]byte("forged")}},
		{Kind: core.KindExpiring, Millis: 1},
	} {
		v := b.enter(signed("mallory", nil))
		v.Open(1, core.REQ, 0, "calc")
		v.Hear(core.KindOpened)
		v.Say(f)
		if end := v.AwaitEndWithin(200 * time.Millisecond); end == nil && f.Kind != core.KindReply && f.Kind != core.KindFailed {
			t.Errorf("%v from a client is taken", f.Kind)
		}
	}
}

// TestNamesOfOthers: a page that may bear its own name only is not given what is meant for another.
func TestNamesOfOthers(t *testing.T) {
	t.Parallel()
	rep, router := freeAddress(t), freeAddress(t)
	b := start(t, withSecret+fmt.Sprintf(`endpoints:
  answers: {type: REP, address: %q, identity: "{user}.*"}
  room: {type: DEALER, address: %q, identity: "{user}.*"}
`, rep, router), secretFile)
	for _, tt := range []struct {
		user, identity string
		allowed        bool
	}{
		{"mallory", "mallory.1", true}, {"mallory", "alice.1", false}, {"mallory", "mallory", false}, {"mallory", ".1", false}, {"mallory", "*", false},
		{"mallory", "mallory.1\x00", true}, {"mallory", "\x00mallory.1", false}, {"", "", false}, {"alice.x", "alice.x.1", false}, {"*", "alice.1", false},
		{"mallory", "", false},
	} {
		v, _, err := b.door().Enter(credentials(signed(tt.user, nil)))
		if err != nil {
			continue // nobody has such a name
		}
		for socket, endpoint := range map[uint32]string{1: "answers", 2: "room"} {
			typ := map[string]core.SocketType{"answers": core.REP, "room": core.DEALER}[endpoint]
			v.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: typ, Text: []byte(endpoint), Name: []byte(tt.identity)})
			f := v.Hear(core.KindRefused, core.KindOpened, core.KindState)
			if allowed := f != nil && f.Kind != core.KindRefused; allowed != tt.allowed {
				t.Errorf("%s is %q at %s: %+v", tt.user, tt.identity, endpoint, f)
			}
		}
		v.Close()
	}
}
