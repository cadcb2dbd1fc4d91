package outbox

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestAbsence: what never came is told where it is missing, with the number where that is known.
func TestAbsence(t *testing.T) {
	type subscription struct {
		prefix   string
		overflow core.Overflow
	}
	all := []subscription{{"", core.OverflowDefault}}
	for name, test := range map[string]struct {
		subscriptions []subscription // numbered from 1
		before        string         // "a=1" is published, "-a3" are 3 absent ones of a, "-3" are 3 of anything
		sent          string         // when there is credit; the HWM is 3
	}{
		"in its place":              {all, "a=1 -3 a=2", "a=1 [0 lost 3] a=2"},
		"with nothing before it":    {all, "-3 a=2", "[0 lost 3] a=2"},
		"with nothing behind it":    {all, "a=1 -3", "a=1 [0 lost 3]"},
		"alone":                     {all, "-3", "[0 lost 3]"},
		"twice":                     {all, "a=1 -3 -2 a=2", "a=1 [0 lost 5] a=2"},
		"once unknown":              {all, "a=1 -3 -0 a=2", "a=1 [0 lost 0] a=2"},
		"to some":                   {[]subscription{{"a", core.OverflowDefault}}, "a=1 -3 a=2", "a=1 [0 lost 0] a=2"},
		"of a topic":                {[]subscription{{"a", core.OverflowDefault}}, "a=1 -a3 a=2", "a=1 [0 lost 3] a=2"},
		"in a lane of its own":      {[]subscription{{"", core.DropOldest}}, "a=1 -3 a=2", "a=1 [1 lost 3] a=2"},
		"in the lane of the topic":  {[]subscription{{"a", core.DropOldest}, {"b", core.OverflowDefault}}, "b=1 -a3 b=2", "b=1 b=2 [1 lost 3]"},
		"in every lane":             {[]subscription{{"a", core.DropOldest}, {"b", core.OverflowDefault}}, "a=1 b=1 -3 a=2 b=2", "a=1 b=1 [1 lost 0] a=2 [0 lost 0] b=2"},
		"all of them are their own": {[]subscription{{"a", core.DropOldest}}, "a=1 -3 a=2", "a=1 [1 lost 0] a=2"},
		"behind what is dropped":    {all, "a=1 a=2 a=3 -3 a=4", "a=1 a=2 a=3 [0 busy 1] [0 lost 3]"},
		"with what is dropped":      {[]subscription{{"", core.DropOldest}}, "a=1 -3 a=2 a=3 a=4 a=5", "[1 lost 3] [1 busy 2] a=3 a=4 a=5"},
		"with what is conflated":    {[]subscription{{"", core.Conflate}}, "a=1 -3 b=1 a=2 b=2", "[1 ok 2] a=2 [1 lost 3] b=2"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, settings{hwm: 3})
			for i, s := range test.subscriptions {
				r.subscribe(uint64(i+1), s.prefix, s.overflow, 0)
			}
			for _, what := range strings.Fields(test.before) {
				if absent, ok := strings.CutPrefix(what, "-"); ok {
					topic := strings.TrimRight(absent, "0123456789")
					a := Absence{Messages: uint64(absent[len(topic)] - '0')}
					if topic != "" {
						a.Topic = []byte(topic)
					}
					r.q.Absent(a)
				} else {
					r.publish(what)
				}
			}
			if test.sent == "[0 lost 3]" && !r.o.Wakes() {
				t.Error("nobody is woken")
			}
			r.grant(100)
			if got := r.sent(); got != test.sent {
				t.Errorf("%q, want %q", got, test.sent)
			}
			if got := r.sent(); got != "" || !r.q.Settled() {
				t.Errorf("there is more: %q", got)
			}
		})
	}
}

// TestGapsAddUp: however often something is missing, it costs one place, and too many are told as nobody knows how many.
func TestGapsAddUp(t *testing.T) {
	r := newRig(t, settings{})
	r.subscribe(1, "", core.OverflowDefault, 0)
	r.publish("a=1")
	for range 1000 {
		r.q.Absent(Absence{Messages: 1 << 40})
	}
	r.publish("a=2")
	for range 1 << 14 {
		r.q.Absent(Absence{Messages: maxAbsent / 2})
	}
	if bytes := r.o.Bytes(); bytes > 1000 {
		t.Errorf("%d bytes wait", bytes)
	}
	r.grant(100)
	if got := r.sent(); got != "a=1 [0 lost 1099511627776000] a=2 [0 lost 0]" {
		t.Errorf("%q", got)
	}
}
