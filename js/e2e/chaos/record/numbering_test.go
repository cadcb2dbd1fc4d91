package record

import (
	"slices"
	"testing"
)

// TestNumbering checks that numbering finds every mistake in a stream.
func TestNumbering(t *testing.T) {
	const gap, unknown, died = -1, -2, -3 // a gap of one message; a gap of unknown size; from here on the sender is another process
	tests := []struct {
		name   string
		stream []int
		want   Totals
	}{
		{name: "all well", stream: []int{1, 2, 3}, want: Totals{Sent: 3, Delivered: 3}},
		{name: "lost", stream: []int{1, 4}, want: Totals{Sent: 4, Delivered: 2, Lost: 2}},
		{name: "lost at the beginning", stream: []int{2}, want: Totals{Sent: 2, Delivered: 1, Lost: 1}},
		{name: "duplicated", stream: []int{1, 2, 2, 3}, want: Totals{Sent: 3, Delivered: 4, Duplicated: 1}},
		{name: "reordered", stream: []int{1, 3, 2, 4}, want: Totals{Sent: 4, Delivered: 4, Lost: 1, Reordered: 1}},
		{name: "reported exactly", stream: []int{1, gap, 3}, want: Totals{Sent: 3, Delivered: 2, tally: tally{Exact: 1, ExactReports: 1}}},
		{name: "reported, but not all", stream: []int{1, gap, 4}, want: Totals{Sent: 4, Delivered: 2, Lost: 1, tally: tally{Exact: 1, ExactReports: 1}}},
		{name: "reported, and not missing", stream: []int{1, gap, 2}, want: Totals{Sent: 2, Delivered: 2, tally: tally{ExactReports: 1, Unused: 1}}},
		{name: "reported too late", stream: []int{1, 3, gap, 4}, want: Totals{Sent: 4, Delivered: 3, Lost: 1, tally: tally{ExactReports: 1, Unused: 1}}},
		{name: "reported as unknown", stream: []int{1, unknown, 5}, want: Totals{Sent: 5, Delivered: 2, tally: tally{Unknown: 3, UnknownReports: 1}}},
		{name: "reported as unknown, and late", stream: []int{1, unknown, 4, 2, 3, 3, 5}, want: Totals{Sent: 5, Delivered: 6, Duplicated: 1, tally: tally{Unknown: 2, UnknownReports: 1, Late: 2}}},
		{name: "reported behind its place", stream: []int{1, 3, unknown, 4, 6}, want: Totals{Sent: 6, Delivered: 4, Lost: 2, tally: tally{Behind: 1, UnknownReports: 1}}},
		{name: "one report is for one place", stream: []int{1, unknown, 3, 5}, want: Totals{Sent: 5, Delivered: 3, Lost: 1, tally: tally{Unknown: 1, UnknownReports: 1}}},
		{name: "died with its sender", stream: []int{1, died, 3, 5}, want: Totals{Sent: 5, Delivered: 3, Lost: 1, tally: tally{Died: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, generation := Followed("stream"), uint64(1)
			for _, step := range tt.stream {
				switch step {
				case gap:
					n.Gap(1)
				case unknown:
					n.Gap(0)
				case died:
					generation++
				default:
					n.Message(uint64(step), n.From(generation))
				}
			}
			if got := n.Totals(); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestNumberingOfAPublisher checks that the death of a publisher is no excuse, because the bridge has to report it.
func TestNumberingOfAPublisher(t *testing.T) {
	n := Subscribed("a")
	for _, number := range []uint64{7, 8} {
		n.Message(number, n.From(1))
	}
	n.Message(11, n.From(2))
	n.Gap(0)
	n.Message(15, n.From(3))
	want := Totals{Sent: 9, Delivered: 4, Lost: 2, tally: tally{Unknown: 3, Behind: 2, UnknownReports: 1}}
	if got := n.Totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPushing compares the record of a sink with what was sent, and with where a gap was reported.
func TestPushing(t *testing.T) {
	p := Pushing{sent: 9, reports: []uint64{4}}
	sink := []uint64{1, 1, 1, 2, 1, 5, 2, 7, 2, 8} // generation, number, …: 3 and 4 are the gap, 6 died with the sink, 9 is lost
	want := Totals{Sent: 9, Delivered: 5, Lost: 1, tally: tally{Unknown: 2, UnknownReports: 1, Died: 1}}
	books := p.Follow(sink)
	if got := books.Totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !slices.Equal(books.holes, []span{{9, 9}}) {
		t.Errorf("holes %v", books.holes)
	}
}
