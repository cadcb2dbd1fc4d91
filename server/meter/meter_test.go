package meter

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestTotals(t *testing.T) {
	m := new(Meter)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			tally := NewTally(m)
			for n := range 100 {
				tally.ToClient(2, 10)
				tally.FromClient(3)
				if n%10 == 0 {
					tally.HandIn()
				}
				m.FromClient(1)
			}
			tally.HandIn()
			tally.HandIn() // there is nothing any more
		})
	}
	all.Wait()
	if got, want := m.Totals(), (Totals{ToClients: 4000, FromClients: 4000, BytesToClients: 20_000, BytesFromClients: 8000}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	none := Tally{}
	none.ToClient(1, 1)
	none.HandIn()
}

// TestSeries: what is counted together is counted as if one by one.
func TestSeries(t *testing.T) {
	var together, single [2]Durations
	var s Series
	for i, took := range []time.Duration{time.Millisecond, time.Millisecond, time.Second, 0, time.Hour, time.Hour, time.Millisecond} {
		s.Observe(&together[i%3/2], took)
		single[i%3/2].Observe(took, core.OK)
	}
	s.Flush()
	s.Flush() // there is nothing any more
	for i := range single {
		got, want := together[i].Snapshot(), single[i].Snapshot()
		if got.Count != want.Count || got.Sum != want.Sum || got.Classes != want.Classes || got.Ended[core.OK] != want.Count {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
}

// TestClasses: that of the one before is known again, also at its bounds.
func TestClasses(t *testing.T) {
	for _, bound := range Bounds {
		for _, took := range []time.Duration{0, bound - 1, bound, bound + 1, time.Hour} {
			for class := range len(Bounds) + 1 {
				if isOf(class, took) != (class == classOf(took)) {
					t.Errorf("%v is of class %d, and not: %v", took, classOf(took), class)
				}
			}
		}
	}
}

// TestThereAreNoMoreMetersThanNames: strangers can make up names and addresses, and get no meter for that.
func TestThereAreNoMoreMetersThanNames(t *testing.T) {
	var m Meters
	raw, err := core.ParseAddress("tcp://10.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if m.Of(core.Endpoint{Name: "prices"}, true) != m.Of(core.Endpoint{Name: "prices", Nth: 1}, true) {
		t.Error("a name with two addresses has two meters")
	}
	for _, made := range []string{"a", "b", "c"} {
		m.Of(core.Endpoint{Name: made}, false)
	}
	m.Of(raw, true)
	if all := m.All(); len(all) != 3 || all[Raw] == nil || all[Unknown] == nil || all["prices"] == nil {
		t.Errorf("there are meters of %v", all)
	}
	for _, label := range []string{Raw, Unknown} {
		if core.IsEndpointName(label) {
			t.Errorf("%s may be a name", label)
		}
	}
}

func TestDurations(t *testing.T) {
	var d Durations
	for _, took := range []time.Duration{0, 100 * time.Microsecond, 101 * time.Microsecond, 29 * time.Second, time.Hour} {
		d.Observe(took, core.OK)
	}
	d.Observe(time.Second, core.Timeout)
	s := d.Snapshot()
	if s.Count != 6 || s.Classes[0] != 2 || s.Classes[1] != 3 || s.Classes[len(Bounds)-1] != 5 {
		t.Errorf("%+v", s)
	}
	if s.Ended[core.OK] != 5 || s.Ended[core.Timeout] != 1 || s.Sum < time.Hour {
		t.Errorf("%+v", s)
	}
}

func TestLastRefusals(t *testing.T) {
	var r Refusals
	for range lastRefusals {
		r.Add("SUB a", core.NewError(core.Denied, "no"))
	}
	r.Add("SUB "+strings.Repeat("x", 10_000), core.NewError(core.Busy, strings.Repeat("x", 10_000)))
	last := r.Last()
	if len(last) != lastRefusals || last[0].Code != "busy" || len(last[0].What) > core.MaxText || len(last[0].Text) > core.MaxText || last[1].What != "SUB a" {
		t.Errorf("%+v", last)
	}
	if n := r.ByCode(); n[core.Denied] != lastRefusals || n[core.Busy] != 1 {
		t.Errorf("%v", n)
	}
}

// BenchmarkDelivery is what one delivery pays.
func BenchmarkDelivery(b *testing.B) {
	tally := NewTally(new(Meter))
	for b.Loop() {
		tally.ToClient(1, 100)
	}
}

// BenchmarkRequest is what one request pays. It reads the clock twice; a request would read it once anyway.
func BenchmarkRequest(b *testing.B) {
	m := new(Meter)
	tally := NewTally(m)
	for b.Loop() {
		began := time.Now()
		tally.FromClient(100)
		tally.ToClient(1, 100)
		m.Requests.Observe(time.Since(began), core.OK)
	}
}
