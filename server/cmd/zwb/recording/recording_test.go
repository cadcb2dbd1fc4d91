package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// recorded is a recording of n messages, with a gap after every hundredth. A block has at most so many entries; 0: as many as there is room for.
func recorded(t testing.TB, n, each int) (file []byte, entries []*Entry) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, false)
	if err != nil {
		t.Fatal(err)
	}
	sub, err1 := w.Source("SUB", "prices")
	pull, err2 := w.Source("PULL", "tcp://127.0.0.1:5557")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	add := func(e *Entry) {
		if err := w.Add(*e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
		if each > 0 && len(entries)%each == 0 {
			w.Flush()
		}
	}
	for i := range n {
		now := int64(1_700_000_000_000_000_000 + i*1000)
		topic := fmt.Sprintf("fx.%d\xff", i%7)
		body := make([]byte, chance.IntN(40))
		for j := range body {
			body[j] = byte(chance.Uint32())
		}
		if i%5 == 0 {
			add(&Entry{Time: now, Source: pull, Parts: core.Message{body}})
		} else {
			add(&Entry{Time: now, Source: sub, Parts: core.Message{[]byte(topic), {}, body}})
		}
		if i%100 == 99 {
			add(&Entry{Time: now, Source: sub, Gap: &Gap{Missed: uint64(i), Code: "busy"}})
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), entries
}

// sealed is a recording with its index.
func sealed(t testing.TB, file []byte) []byte {
	t.Helper()
	f := opened(t, file)
	out := bytes.NewBuffer(slices.Clone(file))
	if err := f.Seal(out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func opened(t testing.TB, file []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// all is what can be read, and what cannot.
func all(t testing.TB, f *File, choice Selection) (entries []*Entry, damages []*Damage) {
	t.Helper()
	broken := func(err error) {
		damage := (*Damage)(nil)
		if !errors.As(err, &damage) || core.CodeOf(err) != core.Lost {
			t.Fatal(err)
		}
		damages = append(damages, damage)
	}
	for b, err := range f.Blocks() {
		if err != nil {
			broken(err)
			continue
		}
		if !choice.Block(b) {
			continue
		}
		for e, err := range f.Entries(b) {
			if err != nil {
				broken(err)
			} else if choice.Entry(b, e) {
				entries = append(entries, e)
			}
		}
	}
	return entries, damages
}

func same(a, b *Entry) bool { return reflect.DeepEqual(a, b) }

// TestEverythingIsThere: what was written is read again bit for bit, with an index and without.
func TestEverythingIsThere(t *testing.T) {
	for _, each := range []int{0, 1, 64} {
		file, want := recorded(t, 5_000, each)
		for name, file := range map[string][]byte{"without an index": file, "with an index": sealed(t, file)} {
			t.Run(fmt.Sprintf("%d %s", each, name), func(t *testing.T) {
				f := opened(t, file)
				if f.Indexed() != (name == "with an index") {
					t.Error("it does not say whether there is one")
				}
				got, damages := all(t, f, Selection{})
				if len(damages) > 0 || !reflect.DeepEqual(got, want) {
					t.Errorf("%d entries of %d, %v", len(got), len(want), damages)
				}
			})
		}
	}
}

// TestCutAnywhere: of a file that is cut at any byte all whole blocks are read, and appending goes on behind them.
func TestCutAnywhere(t *testing.T) {
	blocks, _ := recorded(t, 16, 4)
	whole := sealed(t, blocks)
	ends := []int64{8}
	for b := range opened(t, whole).Blocks() {
		ends = append(ends, b.End())
	}
	for size := int64(8); size < int64(len(whole)); size++ {
		f := opened(t, whole[:size])
		n := 0
		for ends[n] < size && n+1 < len(ends) && ends[n+1] <= size {
			n++
		}
		if end, err := f.End(); err != nil || end != ends[n] {
			t.Fatalf("cut at %d the blocks end at %d, want %d: %v", size, end, ends[n], err)
		}
		if got, damages := all(t, f, Selection{}); len(got) != 4*n || len(damages) > 1 {
			t.Fatalf("cut at %d there are %d entries, %v", size, len(got), damages)
		}
		if size%16 != 0 {
			continue
		}
		out := bytes.NewBuffer(slices.Clone(whole[:ends[n]]))
		w, err := NewWriter(out, true)
		if err != nil {
			t.Fatal(err)
		}
		w.Source("SUB", "more")
		w.Add(Entry{Parts: core.Message{[]byte("behind the cut")}})
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got, damages := all(t, opened(t, out.Bytes()), Selection{}); len(got) != 4*n+1 || len(damages) > 0 {
			t.Fatalf("cut at %d and gone on with there are %d entries, %v", size, len(got), damages)
		}
	}
}

// TestDamageAnywhere: a byte that is wrong costs its own block at most, and is told. Where it is in the index it costs nothing.
func TestDamageAnywhere(t *testing.T) {
	blocks, want := recorded(t, 16, 4)
	for name, file := range map[string][]byte{"without an index": blocks, "with an index": sealed(t, blocks)} {
		for at := 8; at < len(file); at++ {
			broken := slices.Clone(file)
			broken[at] ^= 0x40
			got, damages := all(t, opened(t, broken), Selection{})
			if len(got) < len(want)-4 || at >= len(blocks) && len(got) < len(want) {
				t.Fatalf("%s: with byte %d wrong there are %d entries", name, at, len(got))
			}
			if len(got) < len(want) && len(damages) == 0 {
				t.Fatalf("%s: with byte %d wrong there are %d entries, untold", name, at, len(got))
			}
			for _, e := range got {
				if !slices.ContainsFunc(want, func(o *Entry) bool { return reflect.DeepEqual(o, e) }) {
					t.Fatalf("%s: with byte %d wrong there is %+v", name, at, e)
				}
			}
		}
	}
}

func TestSelections(t *testing.T) {
	file, want := recorded(t, 3_000, 100)
	f := opened(t, sealed(t, file))
	middle := want[1_500].Time
	tests := map[string]struct {
		choice Selection
		is     func(*Entry) bool
	}{
		"from":               {Selection{From: middle}, func(e *Entry) bool { return e.Time >= middle }},
		"until":              {Selection{Until: middle}, func(e *Entry) bool { return e.Time < middle }},
		"a source":           {Selection{Sources: []string{"prices"}}, func(e *Entry) bool { return e.Source == 0 }},
		"no such source":     {Selection{Sources: []string{"nothing"}}, func(e *Entry) bool { return false }},
		"a topic, and gaps":  {Selection{Topics: []string{"fx.3"}}, func(e *Entry) bool { return e.Gap != nil || bytes.HasPrefix(e.Parts[0], []byte("fx.3")) }},
		"topics that nobody": {Selection{Topics: []string{"eq."}, From: want[0].Time}, func(e *Entry) bool { return e.Gap != nil }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wanted := slices.DeleteFunc(slices.Clone(want), func(e *Entry) bool { return !test.is(e) })
			if got, _ := all(t, f, test.choice); !slices.EqualFunc(got, wanted, same) {
				t.Errorf("%d entries, want %d", len(got), len(wanted))
			}
		})
	}
}

// TestBlocksOfOtherTopicsAreNotRead: the summary is enough.
func TestBlocksOfOtherTopicsAreNotRead(t *testing.T) {
	var out bytes.Buffer
	w, _ := NewWriter(&out, false)
	w.Source("SUB", "prices")
	for _, topic := range []string{"a", "b", "a", "c"} {
		w.Add(Entry{Time: 1, Parts: core.Message{[]byte(topic)}})
		w.Flush()
	}
	f, read := opened(t, out.Bytes()), 0
	for b := range f.Blocks() {
		if (&Selection{Topics: []string{"a"}}).Block(b) {
			read++
		}
	}
	if read != 2 {
		t.Errorf("%d blocks are read", read)
	}
}

func TestStatistics(t *testing.T) {
	file, want := recorded(t, 2_000, 150)
	many, _ := NewWriter(nil, true)
	many.Source("SUB", "many")
	out := bytes.NewBuffer(file)
	many.w = out
	for i := range 1_000 {
		many.Add(Entry{Time: want[0].Time, Parts: core.Message{fmt.Appendf(nil, "topic %d", i)}})
	}
	if err := many.Flush(); err != nil {
		t.Fatal(err)
	}
	s := &Statistics{Most: 500}
	f := opened(t, out.Bytes())
	for b, err := range f.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		s.Block(b)
		if !b.Incomplete() {
			continue
		}
		for e := range f.Entries(b) {
			s.Entry(b, e)
		}
	}
	if s.Messages != 3_000 || s.Gaps != 20 || s.Missed != 20_980 || s.First != want[0].Time || s.Last != want[len(want)-1].Time || len(s.Sources) != 3 {
		t.Errorf("%+v", s)
	}
	prices, others := s.Sources[0], s.Sources[2]
	if prices.Messages != 1_600 || len(prices.Topics) != 7 || prices.Topics["fx.3\xff"].Messages != 229 {
		t.Errorf("%+v", prices)
	}
	if others.Messages != 1_000 || len(others.Topics) != 493 || others.Others != 507 {
		t.Errorf("%d messages, %d topics, %d others", others.Messages, len(others.Topics), others.Others)
	}
}

func TestWhatIsRefused(t *testing.T) {
	w, err := NewWriter(io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	w.Source("SUB", "a")
	tests := map[string]struct {
		e    Entry
		code core.Code
	}{
		"no parts":           {Entry{}, core.Invalid},
		"too many parts":     {Entry{Parts: make(core.Message, core.MaxParts+1)}, core.Invalid},
		"too large":          {Entry{Parts: core.Message{make([]byte, MaxMessage)}}, core.TooLarge},
		"a long code":        {Entry{Gap: &Gap{Code: strings.Repeat("x", maxCode+1)}}, core.Invalid},
		"nobody's":           {Entry{Source: 1, Parts: core.Message{{}}}, core.Invalid},
		"as large as can be": {Entry{Parts: core.Message{make([]byte, MaxMessage-entryHead-4)}}, core.OK},
	}
	for name, test := range tests {
		if err := w.Add(test.e); core.CodeOf(err) != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(bytes.NewReader(nil), 0); core.CodeOf(err) != core.Invalid {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := w.Source("SUB", string(make([]byte, maxName+1))); core.CodeOf(err) != core.Invalid {
		t.Errorf("a long name: %v", err)
	}
	for range maxSources - 1 {
		w.Source("SUB", "b")
	}
	if _, err := w.Source("SUB", "one too many"); core.CodeOf(err) != core.Invalid {
		t.Errorf("one more source: %v", err)
	}
}

// FuzzBlock: whatever is in a block whose checksums are right, as those of a hostile file are.
func FuzzBlock(f *testing.F) {
	e := Entry{Parts: core.Message{[]byte("topic"), {}}}
	f.Add([]byte(`{"sources": [{"type": "SUB", "name": "a", "more": true}]}`), e.appendTo(nil), uint32(1), false)
	f.Add([]byte(`{"sources": [{"topics": [{"topic": {"base64": "/w=="}}]}]}`), []byte{}, uint32(1<<32-1), true)
	f.Fuzz(func(t *testing.T, summary, body []byte, entries uint32, index bool) {
		if len(summary) > maxSummary {
			return
		}
		pack, err := newEncoder()
		if err != nil {
			t.Fatal(err)
		}
		file := append([]byte(fileMagic), block(pack, header{magic: blockMagic, entries: int(entries)}, summary, body)...)
		if index {
			end := int64(len(file))
			file = append(file, block(pack, header{magic: indexMagic}, nil, body)...)
			file = append(file, trailer(end)...)
		}
		readAll(t, file)
	})
}

// FuzzFile: whatever is in a file, reading ends, takes no more memory than the limits, and what is found can be selected, counted and indexed.
func FuzzFile(f *testing.F) {
	file, _ := recorded(f, 30, 10)
	f.Add(file)
	f.Add(sealed(f, file))
	f.Add(file[:len(file)-3])
	f.Add([]byte(fileMagic + blockMagic))
	f.Fuzz(readAll)
}

func readAll(t *testing.T, content []byte) {
	file, err := Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return
	}
	defer file.Close()
	s, choice := &Statistics{Most: 10}, &Selection{From: 1, Topics: []string{"fx."}}
	for b, err := range file.Blocks() {
		if err != nil {
			continue
		}
		s.Block(b)
		choice.Block(b)
		for e, err := range file.Entries(b) {
			if err == nil {
				s.Entry(b, e)
				choice.Entry(b, e)
			}
		}
	}
	if end, err := file.End(); err != nil || end < int64(len(fileMagic)) || end > int64(len(content)) {
		t.Fatalf("the blocks end at %d: %v", end, err)
	}
	if err := file.Seal(io.Discard); err != nil {
		t.Fatal(err)
	}
}
