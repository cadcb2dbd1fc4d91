package gateway

import (
	"io"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestOldPeers says what they speak and what they would have to. The bytes are those of their specifications: ZMTP 2.0 is
// signature, revision, socket type and identity (https://rfc.zeromq.org/spec/15/), libzmq 3 puts the length of its identity
// into the signature; ZMTP 1.0 is an identity as a frame (https://rfc.zeromq.org/spec/13/).
func TestOldPeers(t *testing.T) {
	t.Parallel()
	const needs = "; the bridge needs ZMTP 3.0 or later, which came with libzmq 4.0"
	tests := []struct {
		name, says, want string
	}{
		{"ZMTP 2.0", "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x01\x04\x00\x00", "speaks ZMTP 2.0 (libzmq 3.x)" + needs},
		{"libzmq 3", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x01\x04\x00\x00", "speaks ZMTP 2.0 (libzmq 3.x)" + needs},
		{"ZMTP 2.0, no more than the revision", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x01", "speaks ZMTP 2.0 (libzmq 3.x)" + needs},
		{"ZMTP 2.1", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x02\x04\x00\x00", "speaks ZMTP 2.1 (libzmq 3.x)" + needs},
		{"ZMTP 1.0 with a revision", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x00\x00", "speaks ZMTP 1.0 (libzmq 2.x)" + needs},
		{"ZMTP 1.0", "\x01\x00", "speaks ZMTP 1.0 (libzmq 2.x)" + needs},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := ListenLocal(t)
			_, pending := ask(newReq(t, newTestFactory(t, quick()), EndpointOf(l.Addr())), Text("x"), Patience)
			backend := AcceptPeer(t, l)
			backend.Say([]byte(test.says))
			// It would not understand more than the beginning of our greeting, and what it said could be lost with the connection.
			if heard, _ := io.ReadAll(backend); len(heard) != GreetingOpening {
				t.Errorf("it hears %q", heard)
			}
			got := Await(t, "the failure", pending)
			WantCode(t, got.err, core.Unavailable)
			if !strings.Contains(got.err.Error(), test.want) {
				t.Errorf("the reason is %v, want %q", got.err, test.want)
			}
			f := newTestFactory(t, quick())
			p := DialPeer(t, newPub(t, f).Endpoint())
			p.Say([]byte(test.says))
			p.HungUp()
			Eventually(t, "counted", func() bool { return f.Stats().ProtocolErrors == 1 })
		})
	}
}
