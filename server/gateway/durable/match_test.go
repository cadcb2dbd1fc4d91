package durable

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// heard makes items of words, of which | is a mark.
func heard(text string) (items []item) {
	for _, word := range strings.Fields(text) {
		if word == "|" {
			items = append(items, item{mark: &mark{}})
		} else {
			items = append(items, item{body: said(word)[0]})
		}
	}
	return items
}

// counted are the words from one number to another.
func counted(from, to int) string {
	var words []string
	for n := from; n <= to; n++ {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, " ")
}

func TestWhereTheStreamEnds(t *testing.T) {
	for name, test := range map[string]struct {
		stream string // its last words; | at the end: a mark is behind them
		heard  string
		want   string // what comes next; "absent", "ambiguous"
	}{
		"in the midst":                     {counted(1, 50), counted(20, 60), counted(51, 60)},
		"everything is there":              {counted(1, 50), counted(20, 50), ""},
		"the stream is ahead":              {counted(1, 50), counted(20, 45), "absent"},
		"it was heard from the end on":     {counted(1, 50), counted(45, 60), "ambiguous"},
		"it was heard from before that":    {counted(1, 50), counted(41, 60), counted(51, 60)},
		"nothing of it was heard":          {counted(1, 50), counted(60, 70), "absent"},
		"nothing was heard at all":         {counted(1, 50), "", "absent"},
		"the same all the time":            {strings.Repeat("x ", 50), strings.Repeat("x ", 60), "ambiguous"},
		"the same again and again":         {strings.Repeat(counted(1, 10)+" ", 5), strings.Repeat(counted(1, 10)+" ", 5) + "11", "ambiguous"},
		"a short stream":                   {"1 2 3", "1 2 3 4", "4"},
		"one message":                      {"1", "1 2", "2"},
		"one message, twice":               {"1", "1 2 1", "ambiguous"},
		"one was not heard long before":    {counted(1, 50), counted(20, 30) + " " + counted(32, 60), counted(51, 60)},
		"one was not heard shortly before": {counted(1, 50), counted(20, 46) + " " + counted(48, 60), "ambiguous"},
		"a mark behind it":                 {counted(1, 50), counted(20, 50) + " | 51", "| 51"},
		"a mark that the stream has":       {counted(1, 50) + " |", counted(20, 50) + " | 51", "51"},
		"a mark that only the stream has":  {counted(1, 50) + " |", counted(20, 52), "51 52"},
		"ticks between":                    {"a tick b tick c tick d tick e tick", "z tick a tick b tick c tick d tick e tick f tick", "f tick"},
	} {
		t.Run(name, func(t *testing.T) {
			words, marked := strings.CutSuffix(test.stream, " |")
			r := run{bodies: said(strings.Fields(words)...), marked: marked}
			items := heard(test.heard)
			index, f := r.after(items)
			got := map[fit]string{absent: "absent", ambiguous: "ambiguous"}[f]
			if f == found {
				got = strings.Join(strings.Fields(test.heard)[index:], " ")
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestRecentKeepsToItsBounds: what is not stored yet stays until there is no room, and what is not there any more is a mark.
func TestRecentKeepsToItsBounds(t *testing.T) {
	r := newRecent(Room{})
	r.age, r.least, r.room.Bytes = 0, 0, 1000
	one := said("a")[0]
	r.hear(said("a"))
	r.hear(said("a"))
	if items, first := r.snapshot(); len(items) > 1 || first < 2 {
		t.Errorf("a standby keeps %d, from %d on", len(items), first)
	}
	r.lead(true, 2)
	for range 5 {
		r.hear(said("b"))
	}
	if bodies, m, last := r.from(3); len(bodies) != 5 || m != nil || last != 7 {
		t.Errorf("%d messages up to %d, %v", len(bodies), last, m)
	}
	for range 100 {
		r.hear(said("c"))
	}
	items, first := r.snapshot()
	if want := int(r.room.Bytes / (itemPlace + int64(len(one)))); len(items) != want || first+uint64(len(items)) != 108 {
		t.Errorf("%d are there, want %d; the first is %d", len(items), want, first)
	}
	if bodies, m, last := r.from(3); bodies != nil || m == nil || m.known || last != first-1 {
		t.Errorf("%d messages up to %d, %v", len(bodies), last, m)
	}
}

// TestSeldomPublisher: a standby finds where the stream ends, however long ago it was that the publisher said what is in it.
func TestSeldomPublisher(t *testing.T) {
	r := newRecent(Room{})
	r.age = 0 // all is old
	stored := strings.Fields(counted(1, 20))
	for _, one := range strings.Fields(counted(1, 24)) {
		r.hear(said(one))
	}
	items, first := r.snapshot()
	if index, f := (run{bodies: said(stored...)}).after(items); f != found || first+uint64(index) != 21 {
		t.Errorf("of %d that are there the stream lacks those from %d on (%v), want 21", len(items), first+uint64(index), f)
	}
	for range 200 {
		r.hear(said("a"))
	}
	if items, _ := r.snapshot(); len(items) != recentLeast {
		t.Errorf("%d are kept, want %d", len(items), recentLeast)
	}
}

// TestHowItIsCutDoesNotMatter: the same place is found however the messages of the stream were put into entries.
func TestHowItIsCutDoesNotMatter(t *testing.T) {
	const messages = 400
	stored, items := said(strings.Fields(counted(1, messages))...), heard(counted(messages-100, messages+50))
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		var entries []Entry
		for at, most := 0, 1+random.IntN(maxRun+50); at < messages; {
			n := min(1+random.IntN(most), messages-at)
			entries = append(entries, Entry{Kind: Messages, Base: uint64(at) + 1, Bodies: stored[at : at+n]})
			at += n
			if random.IntN(4) == 0 {
				entries = append(entries, Entry{Kind: Note, Base: uint64(at) + 1})
			}
		}
		r := runOf(entries)
		if len(r.bodies) != maxRun || !slices.EqualFunc(r.bodies, stored[messages-maxRun:], func(a, b core.Body) bool { return bytes.Equal(a, b) }) {
			t.Fatalf("cut into %d entries its last messages are %q", len(entries), r.bodies)
		}
		if index, f := r.after(items); f != found || index != 101 {
			t.Errorf("cut into %d entries it ends at %d, %v", len(entries), index, f)
		}
	}
}
