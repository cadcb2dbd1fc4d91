package main

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
		want   totals
	}{
		{name: "all well", stream: []int{1, 2, 3}, want: totals{sent: 3, delivered: 3}},
		{name: "lost", stream: []int{1, 4}, want: totals{sent: 4, delivered: 2, lost: 2}},
		{name: "lost at the beginning", stream: []int{2}, want: totals{sent: 2, delivered: 1, lost: 1}},
		{name: "duplicated", stream: []int{1, 2, 2, 3}, want: totals{sent: 3, delivered: 4, duplicated: 1}},
		{name: "reordered", stream: []int{1, 3, 2, 4}, want: totals{sent: 4, delivered: 4, lost: 1, reordered: 1}},
		{name: "reported exactly", stream: []int{1, gap, 3}, want: totals{sent: 3, delivered: 2, tally: tally{exact: 1, exactReports: 1}}},
		{name: "reported, but not all", stream: []int{1, gap, 4}, want: totals{sent: 4, delivered: 2, lost: 1, tally: tally{exact: 1, exactReports: 1}}},
		{name: "reported, and not missing", stream: []int{1, gap, 2}, want: totals{sent: 2, delivered: 2, tally: tally{exactReports: 1, unused: 1}}},
		{name: "reported too late", stream: []int{1, 3, gap, 4}, want: totals{sent: 4, delivered: 3, lost: 1, tally: tally{exactReports: 1, unused: 1}}},
		{name: "reported as unknown", stream: []int{1, unknown, 5}, want: totals{sent: 5, delivered: 2, tally: tally{unknown: 3, unknownReports: 1}}},
		{name: "one report is for one place", stream: []int{1, unknown, 3, 5}, want: totals{sent: 5, delivered: 3, lost: 1, tally: tally{unknown: 1, unknownReports: 1}}},
		{name: "died with its sender", stream: []int{1, died, 3, 5}, want: totals{sent: 5, delivered: 3, lost: 1, tally: tally{died: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, generation := followed("stream"), uint64(1)
			for _, step := range tt.stream {
				switch step {
				case gap:
					n.gap(1)
				case unknown:
					n.gap(0)
				case died:
					generation++
				default:
					n.message(uint64(step), n.from(generation))
				}
			}
			if got := n.totals(); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestNumberingOfAPublisher checks that the death of a publisher is no excuse, because the bridge has to report it.
func TestNumberingOfAPublisher(t *testing.T) {
	n := subscribed("a", "a")
	for _, number := range []uint64{7, 8} {
		n.message(number, n.from(1))
	}
	n.message(11, n.from(2))
	n.gap(0)
	n.message(15, n.from(3))
	want := totals{sent: 9, delivered: 4, lost: 2, tally: tally{unknown: 3, unknownReports: 1}}
	if got := n.totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPushing compares the record of a sink with what was sent, and with where a gap was reported.
func TestPushing(t *testing.T) {
	p := pushing{sent: 9, reports: []uint64{4}}
	sink := []uint64{1, 1, 1, 2, 1, 5, 2, 7, 2, 8} // generation, number, …: 3 and 4 are the gap, 6 died with the sink, 9 is lost
	want := totals{sent: 9, delivered: 5, lost: 1, tally: tally{unknown: 2, unknownReports: 1, died: 1}}
	books := p.follow(sink)
	if got := books.totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !slices.Equal(books.holes, []span{{9, 9}}) {
		t.Errorf("holes %v", books.holes)
	}
}
