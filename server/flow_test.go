package server

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestFlowHookThatPanicsDenies(t *testing.T) {
	_, url := startBridge(t, allowAll(Config{Log: quiet, Flow: func(a Access) Flow {
		if a.Subscribe && string(a.Prefix) == "x" {
			panic("bug")
		}
		return Flow{}
	}}))
	c := dialFrames(t, url)
	c.send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("x")})
	if f := c.await(core.KindUnsubscribed); f.ID != 1 || f.Code != core.Denied {
		t.Errorf("got %+v", f)
	}
}
