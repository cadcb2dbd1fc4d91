package req

import (
	"testing"
	"time"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestSizesOfRolls: what is looked at for a reply is one line of the cache each.
func TestSizesOfRolls(t *testing.T) {
	if roll, sheet := unsafe.Sizeof(Roll{}), unsafe.Sizeof(sheet{}); roll != 64 || sheet != 64 {
		t.Errorf("a roll has %d bytes, a sheet %d", roll, sheet)
	}
}

// TestSheets: a sheet ends where the next request has something else that all of a sheet have in common, or there is no room, and what was
// noted of each request is found again.
func TestSheets(t *testing.T) {
	like := func(numbers ...uint64) (slips []Slip) {
		for _, n := range numbers {
			slips = append(slips, Slip{Number: n, Began: 7, Within: 9, Cost: uint32(n % 1000)})
		}
		return slips
	}
	for name, test := range map[string]struct {
		slips []Slip
		want  []int // requests of each sheet
	}{
		"one":                  {like(1), []int{1}},
		"a full one":           {like(1, 2, 3, 4, 5, 6, 7, 8), []int{8}},
		"more":                 {like(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), []int{8, 2}},
		"gaps":                 {like(1, 100, 256), []int{3}},
		"a gap that is large":  {like(1, 100, 257, 258), []int{2, 2}},
		"a gap that is larger": {like(1, 1<<32+1, 1<<40, 1<<53), []int{1, 1, 1, 1}},
		"another time":         {append(like(1, 2), Slip{Number: 3, Began: 7, Within: 10}, Slip{Number: 4, Began: 7, Within: 9}), []int{2, 1, 1}},
		"another beginning":    {append(like(1, 2), Slip{Number: 3, Began: 8, Within: 9}, Slip{Number: 4, Began: time.Hour, Within: 9}), []int{2, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBundle(time.Now())
			for _, s := range test.slips {
				if _, ok := b.Add(s, core.EncodeBody(core.Message{[]byte("x")}), 100); !ok {
					t.Fatal("a request does not fit")
				}
			}
			at := 0
			for n := range b.sheets {
				h := &b.sheets[n]
				if n >= len(test.want) || int(h.count) != test.want[n] || h.pending() != int(h.count) || b.find(0, uint32(at)) != int(h.begin) {
					t.Errorf("sheet %d: %+v", n, h)
				}
				for i := range uint32(h.count) {
					if found, ok := h.find(test.slips[at].Number); h.slip(i) != test.slips[at] || found != i || !ok {
						t.Errorf("%+v is noted as %+v, found at %d, %v", test.slips[at], h.slip(i), found, ok)
					}
					at++
				}
			}
			if at != len(test.slips) || len(b.sheets) != len(test.want) {
				t.Errorf("%d requests in %d sheets", at, len(b.sheets))
			}
		})
	}
}
