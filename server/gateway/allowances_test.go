package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestPublisherIsNotAskedForMore than it can be: the prefixes of everybody, on whatever connection, are bounded together.
func TestPublisherIsNotAskedForMore(t *testing.T) {
	t.Parallel()
	c := quick()
	c.MaxPrefixBytes = 10
	f := newTestFactory(t, c)
	ep := UnusedEndpoint(t)
	one, two := newSub(t, f, ep).Attach(make(inbox, 10)), newSub(t, f, ep).Attach(make(inbox, 10))
	xsub, _ := dialPort(t, f, core.XSUB, ep)
	other, _ := dialPort(t, f, core.XSUB, UnusedEndpoint(t))
	step := func(what string, err error, want core.Code) {
		t.Helper()
		if core.CodeOf(err) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	step("four", one.Subscribe([]byte("aaaa"), nil), core.OK)
	step("the same again", two.Subscribe([]byte("aaaa"), nil), core.OK)
	step("everything", two.Subscribe(nil, nil), core.OK)
	step("four over another connection", xsub.Subscribe([]byte("bbbb"), nil), core.OK)
	step("too much", one.Subscribe([]byte("cccc"), nil), core.Busy)
	step("too much over the other", xsub.Subscribe([]byte("cccc"), nil), core.Busy)
	step("too much by a message", xsub.Send(Text("\x01cccc"), nil), core.Busy)
	step("elsewhere", other.Subscribe([]byte("cccc"), nil), core.OK)
	one.Close()
	step("still wanted by two", one.Subscribe([]byte("cccc"), nil), core.OK) // which is closed
	step("too much", two.Subscribe([]byte("cccc"), nil), core.Busy)
	two.Unsubscribe([]byte("aaaa"))
	step("room again", two.Subscribe([]byte("cccc"), nil), core.OK)
	two.Close()
	xsub.Release()
	if last, _ := dialPort(t, f, core.XSUB, ep); last.Subscribe([]byte("dddddddddd"), nil) != nil {
		t.Error("what was given back is not there")
	}
}
