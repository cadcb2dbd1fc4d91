package record

import (
	"testing"
	"time"
)

// weather is what was the matter while a socket was closed.
type weather struct{ died, replaced bool }

func (w weather) Died(_, _ time.Time) bool     { return w.died }
func (w weather) Replaced(_, _ time.Time) bool { return w.replaced }

// TestFarewells checks that a socket that was told too little is found, and one that was told too much.
func TestFarewells(t *testing.T) {
	tests := []struct {
		name      string
		arrived   []uint64 // of messages 1 to 4
		unpassed  uint64
		unknown   bool
		weather   weather
		want      Totals
		unfounded int
	}{
		{name: "all arrived", arrived: []uint64{1, 2, 3, 4}, want: Totals{Delivered: 4}},
		{name: "all accounted for", arrived: []uint64{1, 2}, unpassed: 2, want: Totals{Delivered: 2, tally: tally{Exact: 2, ExactReports: 1}}},
		{name: "told too little", arrived: []uint64{1, 2}, unpassed: 1, want: Totals{Delivered: 2, Lost: 1, tally: tally{Exact: 1, ExactReports: 1}}},
		{name: "told too much", arrived: []uint64{1, 2, 3}, unpassed: 2, want: Totals{Delivered: 3, tally: tally{Exact: 1, ExactReports: 1, Unused: 1}}},
		{name: "the sink was killed", arrived: []uint64{1}, weather: weather{died: true}, want: Totals{Delivered: 1, tally: tally{Died: 3}}},
		{name: "the session was lost", arrived: []uint64{1}, unknown: true, weather: weather{replaced: true}, want: Totals{Delivered: 1, tally: tally{Unknown: 3, UnknownReports: 1}}},
		{name: "unknown without a reason", arrived: []uint64{1, 2, 3, 4}, unknown: true, want: Totals{Delivered: 4, tally: tally{UnknownReports: 1}}, unfounded: 1},
		{name: "duplicated", arrived: []uint64{1, 2, 2, 3, 4}, want: Totals{Delivered: 4, Duplicated: 1}},
		{name: "reordered", arrived: []uint64{1, 3, 2, 4}, want: Totals{Delivered: 4, Reordered: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Farewells
			f := Farewell{First: r.Allot(4), Count: 4, Unpassed: tt.unpassed, Unknown: tt.unknown, Linger: time.Second}
			r.Add(f)
			var sink []uint64
			for _, n := range tt.arrived {
				sink = append(sink, 1, n)
			}
			tt.want.Sent = 4
			got, lost, unfounded := r.Judge(sink, tt.weather)
			if got != tt.want || (len(lost) > 0) != (tt.want.Lost > 0) || len(unfounded) != tt.unfounded {
				t.Errorf("got %+v, %v, %v; want %+v", got, lost, unfounded, tt.want)
			}
		})
	}
}
