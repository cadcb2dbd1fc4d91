package zmq_test

import (
	"encoding/json"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func TestPositionAsText(t *testing.T) {
	for _, p := range []zmq.Position{{}, {Epoch: "e", Offset: 17}, {Epoch: "a@b %41\x00\xff\n\"", Offset: 1<<64 - 1}} {
		text, err := json.Marshal(map[string]zmq.Position{"p": p})
		must(t, err)
		var got map[string]zmq.Position
		must(t, json.Unmarshal(text, &got))
		if got["p"] != p {
			t.Errorf("%v reads %v, by way of %s", p, got["p"], text)
		}
	}
	for _, text := range []string{"", "17", "@e", "x@e", "-1@e", "18446744073709551616@e", "1@%", "1@%zz"} {
		var p zmq.Position
		if err := p.UnmarshalText([]byte(text)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q reads %v, %v", text, p, err)
		}
	}
}
