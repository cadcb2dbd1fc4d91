package durable

import (
	"reflect"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func said(texts ...string) (bodies []core.Body) {
	for _, text := range texts {
		bodies = append(bodies, core.EncodeBody(core.Message{[]byte("t"), []byte(text)}))
	}
	return bodies
}

var entries = map[string]Entry{
	"messages":          {Kind: Messages, Origin: 1, Base: 7, Hole: 3, Writer: 99, Last: 12, Bodies: said("a", "b", "c")},
	"a hole":            {Kind: Hole, Origin: 1, Base: 7, Writer: 1 << 63, Last: 1},
	"of a topic":        {Kind: Lack, Origin: 4, Base: 1, Writer: 5, Last: 12, Topic: []byte("t"), Missing: 3},
	"of the topic \"\"": {Kind: Lack, Origin: 4, Base: 1, Writer: 5, Last: 12, Topic: []byte{}, Missing: 3},
	"of any topic":      {Kind: Lack, Origin: 4, Base: 1, Writer: 5, Last: 12, Missing: 1 << 40},
	"a note":            {Kind: Note, Origin: 4, Base: 1, Writer: 5},
}

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	next := map[string]uint64{"messages": 10, "a hole": 8, "of a topic": 2, "of the topic \"\"": 2, "of any topic": 2, "a note": 1}
	for name, want := range entries {
		b := want.Append(nil)
		if len(b) > sizeOf(&want) {
			t.Errorf("%s: %d bytes, at most %d were expected", name, len(b), sizeOf(&want))
		}
		got, err := ParseEntry(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if got.Next() != next[name] {
			t.Errorf("%s: %d is next", name, got.Next())
		}
		for n := range b {
			if cut, err := ParseEntry(b[:n]); err == nil && want.Topic == nil {
				t.Errorf("%s, cut after %d of %d bytes: %+v", name, n, len(b), cut)
			}
		}
	}
}

// FuzzEntry: whatever is in a stream is read or refused, and what is read is what was written.
func FuzzEntry(f *testing.F) {
	for _, e := range entries {
		f.Add(e.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEntry(b)
		if err != nil {
			return
		}
		again, err := ParseEntry(e.Append(nil))
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%+v becomes %+v, %v", e, again, err)
		}
		if e.Kind == Messages && e.Next() <= e.Base {
			t.Errorf("%+v has no messages", e)
		}
	})
}
