package req

import (
	"slices"
	"testing"
)

// flusher is a Group that notes when it is flushed.
type flusher struct {
	Group
	name    string
	flushed *[]string
}

func (f flusher) Flush() { *f.flushed = append(*f.flushed, f.name) }

// TestTheLastOneWaits: while there is more to read, who was handed a reply last is not flushed yet, because the next may be for him, too; but
// he waits once, and not as long as somebody else brings more.
func TestTheLastOneWaits(t *testing.T) {
	type read struct {
		handed string // who is to be flushed for it, by their names
		more   bool
		want   string // who is, in any order
	}
	for name, reads := range map[string][]read{
		"nothing more comes":          {{"abc", false, "abc"}},
		"the last one waits":          {{"abc", true, "ab"}, {"", false, "c"}},
		"and is handed nothing more":  {{"ab", true, "a"}, {"c", true, "b"}, {"", false, "c"}},
		"and waits only once":         {{"a", true, ""}, {"", true, "a"}},
		"also if it is handed more":   {{"a", true, ""}, {"", true, "a"}, {"a", true, ""}, {"", true, "a"}},
		"then others wait":            {{"a", true, ""}, {"b", true, "a"}, {"c", true, "b"}, {"", true, "c"}},
		"nobody waits where none are": {{"", true, ""}, {"", false, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			var flushed []string
			groups := map[rune]Group{}
			for _, c := range "abc" {
				groups[c] = flusher{name: string(c), flushed: &flushed}
			}
			a := &arrivals{}
			for i, r := range reads {
				flushed = nil
				for _, c := range r.handed {
					a.flushes = append(a.flushes, groups[c])
				}
				a.handOver(r.more)
				slices.Sort(flushed)
				got := ""
				for _, name := range flushed {
					got += name
				}
				if got != r.want {
					t.Errorf("read %d has flushed %q, want %q", i, got, r.want)
				}
			}
		})
	}
}

// TestPanicWhileSomebodyWaits: whoever waits is flushed when another one panics.
func TestPanicWhileSomebodyWaits(t *testing.T) {
	var flushed []string
	a := &arrivals{}
	a.flushes = []Group{panics{}, flusher{name: "waits", flushed: &flushed}}
	func() {
		defer func() { recover() }()
		a.handOver(true)
		t.Error("nobody has panicked")
	}()
	a.finish()
	if !slices.Equal(flushed, []string{"waits"}) {
		t.Errorf("flushed: %q", flushed)
	}
}

// panics is a Group that does when it is flushed.
type panics struct{ Group }

func (panics) Flush() { panic("flush") }
