package record

import "testing"

// TestHeirs checks that messages are found that somebody got who had the name before, and those that the owner lacks.
func TestHeirs(t *testing.T) {
	const generation = 1
	var r Heirs
	of := func(heir, n uint64) uint64 { return heir<<heirBits | n }
	first, second := r.Next(1), r.Next(2)
	for _, n := range []uint64{of(1, 1), of(1, 2), of(2, 1)} {
		first.Message(generation, n)
	}
	second.Gap(1)
	if second.Message(generation, of(1, 4)) || !second.Message(generation, of(2, 3)) {
		t.Error("whose message it was is not seen")
	}
	second.Message(generation, of(2, 5))
	second.Message(generation+1, of(2, 8))
	second.Message(generation+1, of(2, 8))
	r.Told()
	want := Inheritance{Heirs: 2, Told: 1, Ahead: 1, Left: 1, Totals: Totals{Sent: 10, Delivered: 6, Lost: 2, Duplicated: 1,
		tally: tally{Exact: 1, ExactReports: 1, Died: 2}}}
	if got := r.Judge(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if r.Find(2) != second || r.Find(3) == nil {
		t.Error("an heir is not found by its number")
	}
}
