package policy

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func TestSequence(t *testing.T) {
	file := func(replay string) *config.File {
		return &config.File{Networks: config.Strings{"10.0.0.0/8"}, Names: config.Endpoints{
			"events": {Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.5:5557"},
				Sequence: &config.Sequence{Part: 1, Format: "u64be"}, Replay: &config.Replay{Address: replay, Request: "u64be"}},
			"blocks": {Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.6:28332"},
				Sequence: &config.Sequence{Part: 2, Format: "json:seq", Per: "topic"}},
			"prices": {Type: config.Strings{"SUB"}, Address: config.Strings{"tcp://10.0.0.7:1"}},
		}}
	}
	p, _, err := New(file("tcp://10.0.0.5:5558"), nil)
	if err != nil {
		t.Fatal(err)
	}
	u64 := access.NumberFormat{Kind: access.U64BE}
	for name, want := range map[string]access.Sequence{
		"events": {Part: 1, Format: u64, Replay: access.Replay{Address: core.Endpoint{Transport: "tcp", Host: "10.0.0.5", Port: 5558}, Request: u64}},
		"blocks": {Part: 2, Format: access.NumberFormat{Kind: access.JSONNumber, Key: "seq"}, PerTopic: true},
		"prices": {}, "others": {}, "": {},
	} {
		if got := p.Sequence(core.Endpoint{Name: name}); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, _, err := New(file("tcp://192.168.0.5:5558"), nil); err == nil || !strings.Contains(err.Error(), "192.168.0.5 is in none of the networks") {
		t.Errorf("a replay elsewhere: %v", err)
	}
}
