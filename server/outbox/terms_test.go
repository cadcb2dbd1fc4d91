package outbox

import (
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
		flows    []access.Flow
		want     Terms
		denied   string
	}{
		{name: "nothing said", flows: []access.Flow{{}}, want: Terms{Overflow: core.DropNewest, HWM: 1000}},
		{name: "chosen", overflow: core.DropOldest, flows: []access.Flow{{}}, want: Terms{Overflow: core.DropOldest, Chosen: true, HWM: 1000}},
		{name: "the rule's default", flows: []access.Flow{{Overflow: core.Conflate}}, want: Terms{Overflow: core.Conflate, HWM: 1000}},
		{name: "the first allowed is the default", flows: []access.Flow{{Allow: []core.Overflow{core.CloseSlow, core.Conflate}}},
			want: Terms{Overflow: core.CloseSlow, HWM: 1000}},
		{name: "drop-newest is, where it is allowed", flows: []access.Flow{{Allow: []core.Overflow{core.CloseSlow, core.DropNewest}}},
			want: Terms{Overflow: core.DropNewest, HWM: 1000}},
		{name: "more than the rule says", overflow: core.CloseSlow, flows: []access.Flow{{Overflow: core.Conflate, Allow: []core.Overflow{core.DropOldest}}},
			denied: "but conflate, drop-oldest"},
		{name: "the default may be chosen", overflow: core.Conflate, flows: []access.Flow{{Overflow: core.Conflate, Allow: []core.Overflow{core.DropOldest}}},
			want: Terms{Overflow: core.Conflate, Chosen: true, HWM: 1000}},
		{name: "the rate is lowered", interval: ms, flows: []access.Flow{{MaxRate: 20}}, want: Terms{Overflow: core.DropNewest, interval: 50 * ms, HWM: 1000}},
		{name: "not raised", interval: 100 * ms, flows: []access.Flow{{MaxRate: 20}}, want: Terms{Overflow: core.DropNewest, interval: 100 * ms, HWM: 1000}},
		{name: "who asks for none has it too", flows: []access.Flow{{MaxRate: 0.5}}, want: Terms{Overflow: core.DropNewest, interval: 2000 * ms, HWM: 1000}},
		{name: "a rate next to nothing", flows: []access.Flow{{MaxRate: 1e-300}}, want: Terms{Overflow: core.DropNewest, interval: access.MaxInterval, HWM: 1000}},
		{name: "a larger HWM", flows: []access.Flow{{HWM: 5000}}, want: Terms{Overflow: core.DropNewest, HWM: 5000}},
		{name: "two endpoints", flows: []access.Flow{{HWM: 5000, MaxRate: 10, Overflow: core.DropOldest}, {MaxRate: 20, Overflow: core.Conflate}},
			want: Terms{Overflow: core.DropOldest, interval: 100 * ms, HWM: 1000}},
		{name: "two endpoints, one of which denies", overflow: core.CloseSlow, flows: []access.Flow{{}, {Allow: []core.Overflow{core.Conflate}}}, denied: "close"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := TermsOf(&core.Frame{Flags: uint64(test.overflow), Millis: uint64(test.interval / ms)})
			var e *core.Error
			for _, f := range test.flows {
				if got, e = got.Under(f, 1000); e != nil {
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
	if got := TermsOf(&core.Frame{Millis: 1 << 63}).interval; got != access.MaxInterval {
		t.Errorf("got %v", got)
	}
}

// TestTermsOfTheMainLane: subscriptions that choose nothing share one lane, on the rule's terms.
func TestTermsOfTheMainLane(t *testing.T) {
	for o, want := range map[core.Overflow]string{
		core.DropOldest: "[0 busy 1] b=1 a=2", core.Conflate: "[0 ok 1] a=2 b=1", core.DropNewest: "a=1 b=1", core.CloseSlow: "Closed:busy",
	} {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, settings{flow: access.Flow{HWM: 2, Overflow: o}})
			r.subscribe(1, "a", core.OverflowDefault, none)
			r.subscribe(2, "b", core.OverflowDefault, none)
			r.publish("a=1 b=1 a=2")
			if r.q.own != nil {
				t.Error("lanes were made that nobody needs")
			}
			if o != core.CloseSlow {
				r.grant(10)
			}
			r.expect(want)
		})
	}
}

func TestTermsOfARule(t *testing.T) {
	r := newRig(t, settings{hwm: 100, flow: access.Flow{HWM: 2, Overflow: core.DropOldest, Allow: []core.Overflow{core.Conflate}, MaxRate: 10}})
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

// TestTermsThatAreTightenedLater: what waits is conflated from then on.
func TestTermsThatAreTightenedLater(t *testing.T) {
	r := newRig(t, settings{hwm: 100})
	r.subscribe(1, "a", core.DropOldest, none)
	r.subscribe(2, "b", core.OverflowDefault, none)
	r.publish("a=1 b=1 a=2 b=2 a2=1 a=3")
	r.reach(access.Flow{MaxRate: 10})
	bounds(t, r)
	r.publish("b=3 b=4")
	r.grant(100)
	r.expect("b=1 b=2 [1 ok 2] a=3 [2 ok 1] b=4")
	r.now += 100 * time.Millisecond
	r.expect("a2=1")
	r.empty()
}

// TestPlacesAfterTermsWereTightened: as long as one lane conflates, messages go out without their places in the history,
// for one may overtake another; when it has gone they have their places again.
func TestPlacesAfterTermsWereTightened(t *testing.T) {
	r := newRig(t, settings{hwm: 100})
	r.subscribe(1, "a", core.DropOldest, none)
	r.subscribe(2, "b", core.DropOldest, none)
	tightened, e := r.q.Terms(1).Under(access.Flow{MaxRate: 10}, r.hwm) // the rule is about this prefix only
	if e != nil {
		t.Fatal(e)
	}
	r.judge(r.q, r.q.Agree(1, tightened))
	r.grant(100)
	r.deliverAt(r.q, "b=1", 1)
	r.expect("b=1")
	r.unsubscribe(1)
	r.deliverAt(r.q, "b=2", 2)
	r.expect("b=2@1/2")
}
