package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func TestTerms(t *testing.T) {
	ms := time.Millisecond
	tests := []struct {
		name     string
		overflow core.Overflow
		interval time.Duration
		flows    []Flow
		want     terms
		denied   string
	}{
		{name: "nothing said", flows: []Flow{{}}, want: terms{overflow: core.DropNewest, hwm: 1000}},
		{name: "chosen", overflow: core.DropOldest, flows: []Flow{{}}, want: terms{overflow: core.DropOldest, chosen: true, hwm: 1000}},
		{name: "the rule's default", flows: []Flow{{Overflow: core.Conflate}}, want: terms{overflow: core.Conflate, hwm: 1000}},
		{name: "the first allowed is the default", flows: []Flow{{Allow: []core.Overflow{core.CloseSlow, core.Conflate}}},
			want: terms{overflow: core.CloseSlow, hwm: 1000}},
		{name: "drop-newest is, where it is allowed", flows: []Flow{{Allow: []core.Overflow{core.CloseSlow, core.DropNewest}}},
			want: terms{overflow: core.DropNewest, hwm: 1000}},
		{name: "more than the rule says", overflow: core.CloseSlow, flows: []Flow{{Overflow: core.Conflate, Allow: []core.Overflow{core.DropOldest}}},
			denied: "but conflate, drop-oldest"},
		{name: "the default may be chosen", overflow: core.Conflate, flows: []Flow{{Overflow: core.Conflate, Allow: []core.Overflow{core.DropOldest}}},
			want: terms{overflow: core.Conflate, chosen: true, hwm: 1000}},
		{name: "the rate is lowered", interval: ms, flows: []Flow{{MaxRate: 20}}, want: terms{overflow: core.DropNewest, interval: 50 * ms, hwm: 1000}},
		{name: "not raised", interval: 100 * ms, flows: []Flow{{MaxRate: 20}}, want: terms{overflow: core.DropNewest, interval: 100 * ms, hwm: 1000}},
		{name: "who asks for none has it too", flows: []Flow{{MaxRate: 0.5}}, want: terms{overflow: core.DropNewest, interval: 2000 * ms, hwm: 1000}},
		{name: "a rate next to nothing", flows: []Flow{{MaxRate: 1e-300}}, want: terms{overflow: core.DropNewest, interval: access.MaxInterval, hwm: 1000}},
		{name: "a larger HWM", flows: []Flow{{HWM: 5000}}, want: terms{overflow: core.DropNewest, hwm: 5000}},
		{name: "two endpoints", flows: []Flow{{HWM: 5000, MaxRate: 10, Overflow: core.DropOldest}, {MaxRate: 20, Overflow: core.Conflate}},
			want: terms{overflow: core.DropOldest, interval: 100 * ms, hwm: 1000}},
		{name: "two endpoints, one of which denies", overflow: core.CloseSlow, flows: []Flow{{}, {Allow: []core.Overflow{core.Conflate}}}, denied: "close"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := termsOf(&core.Frame{Flags: uint64(test.overflow), Millis: uint64(test.interval / ms)})
			var e *core.Error
			for _, f := range test.flows {
				if got, e = got.under(f, 1000); e != nil {
					break
				}
			}
			switch {
			case e == nil && test.denied != "" || e != nil && (test.denied == "" || e.Code != core.Denied || !strings.Contains(e.Text, test.denied)):
				t.Errorf("got %v, want %q", e, test.denied)
			case e == nil && got != test.want:
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestIntervalsBeyondAllMeasure(t *testing.T) {
	if got := termsOf(&core.Frame{Millis: 1 << 63}).interval; got != access.MaxInterval {
		t.Errorf("got %v", got)
	}
}

// flowByPort says for each port what a test wants.
func flowByPort(flows map[uint16]Flow) func(Access) Flow {
	return func(a Access) Flow { return flows[a.Endpoint.Port] }
}

func TestFlowCapsSubscriptions(t *testing.T) {
	r := newRig(t, Config{HWM: 100, Flow: flowByPort(map[uint16]Flow{1: {HWM: 2, Overflow: core.DropOldest,
		Allow: []core.Overflow{core.Conflate}, MaxRate: 10}})})
	r.subscribe(1, "x", core.CloseSlow, none)
	r.expect("Unsubscribed:denied")
	r.subscribe(2, "a", core.OverflowDefault, none)
	r.grant(100)
	r.publish("a=1 a=2")
	r.expect("[2 ok 1] a=2")
	r.publish("a=3")
	r.now += 99 * time.Millisecond
	r.expect("")
	r.now += time.Millisecond
	r.expect("a=3")
}

// TestFlowOfTheMainLane: who chooses nothing shares one lane, on the rule's terms.
func TestFlowOfTheMainLane(t *testing.T) {
	for o, want := range map[core.Overflow]string{
		core.DropOldest: "[0 busy 1] b=1 a=2", core.Conflate: "[0 ok 1] a=2 b=1", core.DropNewest: "a=1 b=1", core.CloseSlow: "Closed:busy",
	} {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, Config{Flow: flowByPort(map[uint16]Flow{1: {HWM: 2, Overflow: o}})})
			r.subscribe(1, "a", core.OverflowDefault, none)
			r.subscribe(2, "b", core.OverflowDefault, none)
			r.publish("a=1 b=1 a=2")
			r.k.session.mu.Lock()
			own := r.k.outbox.own
			r.k.session.mu.Unlock()
			if own != nil {
				t.Error("lanes were made that nobody needs")
			}
			if o != core.CloseSlow {
				r.grant(10)
			}
			r.expect(want)
		})
	}
}

// TestEndpointThatComesLater tightens what was agreed, or is refused.
func TestEndpointThatComesLater(t *testing.T) {
	r := newRig(t, Config{HWM: 100, Flow: flowByPort(map[uint16]Flow{2: {MaxRate: 10}, 3: {Allow: []core.Overflow{core.Conflate}}})})
	r.subscribe(1, "a", core.DropOldest, none)
	r.subscribe(2, "b", core.OverflowDefault, none)
	r.publish("a=1 b=1 a=2 b=2 a2=1 a=3")
	if e := r.reach(r.k, "tcp://127.0.0.1:3"); e == nil || e.Code != core.Denied || !strings.Contains(e.Text, "drop-oldest") {
		t.Errorf("refused with %v", e)
	}
	if e := r.reach(r.k, "tcp://127.0.0.1:2"); e != nil {
		t.Fatal(e)
	}
	bounds(t, r)
	r.publish("b=3 b=4")
	r.grant(100)
	r.expect("b=1 b=2 [1 ok 2] a=3 [2 ok 1] b=4")
	r.now += 100 * time.Millisecond
	r.expect("a2=1")
	r.empty()
}

func TestFlowHookThatPanicsDenies(t *testing.T) {
	r := newRig(t, Config{Flow: func(a Access) Flow {
		if a.Subscribe && string(a.Prefix) == "x" {
			panic("bug")
		}
		return Flow{}
	}})
	r.subscribe(1, "x", core.OverflowDefault, none)
	r.expect("Unsubscribed:denied")
}

// TestLaterEndpointIsAskedAboutSubscriptions: whatever the type, nobody gets a prefix at an endpoint that does not allow it.
func TestLaterEndpointIsAskedAboutSubscriptions(t *testing.T) {
	for _, typ := range []core.SocketType{core.SUB, core.XSUB} {
		r := newRig(t, Config{ZMQAllowed: func(_ context.Context, a Access) error {
			if a.Subscribe && a.Endpoint.Port == 2 && string(a.Prefix) == "secret" {
				return core.NewError(core.Denied, "not there")
			}
			return nil
		}})
		r.k.typ = typ
		r.subscribe(1, "secret", core.OverflowDefault, none)
		if e := r.reach(r.k, "tcp://127.0.0.1:2"); e == nil || e.Code != core.Denied {
			t.Errorf("%v: refused with %v", typ, e)
		}
		if e := r.reach(r.k, "tcp://127.0.0.1:3"); e != nil {
			t.Errorf("%v: %v", typ, e)
		}
	}
}
