package client_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestEventErr(t *testing.T) {
	e := client.Event{Kind: client.EventFailed, Code: core.Busy, Text: []byte("full"), Remote: true}
	if got := e.Err(); *got != (core.Error{Code: core.Busy, Text: "full", Remote: true}) {
		t.Errorf("%+v", got)
	}
}
