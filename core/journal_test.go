package core

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// inPieces is how many bytes the pieces are pieces of, with the spare one.
func (j *journal) inPieces() (n int) {
	for i := range j.spare {
		n += j.spare[i].own
	}
	for i := range j.pieces {
		n += max(j.pieces[i].own, len(j.pieces[i].frames))
	}
	return n
}

// flatJournal is what a journal does, as one slice of encoded frames.
type flatJournal struct {
	frames           [][]byte // that were not acknowledged
	taken, everTaken int
}

func (m *flatJournal) take(limit int, exceed bool) (batch []byte) {
	for m.taken < len(m.frames) {
		next := m.frames[m.taken]
		if len(batch)+len(next) > limit && (len(batch) > 0 || !exceed) {
			break
		}
		batch = append(batch, next...)
		m.taken++
	}
	m.everTaken = max(m.everTaken, m.taken)
	return batch
}

func (m *flatJournal) acknowledge(count int) bool {
	if count > m.everTaken {
		return false
	}
	m.frames = m.frames[count:]
	m.taken, m.everTaken = max(0, m.taken-count), m.everTaken-count
	return true
}

// flight is spans that somebody writes, and copies of them.
type flight struct{ spans, copies [][]byte }

func (f *flight) begin(spans [][]byte) {
	for _, span := range spans {
		f.spans, f.copies = append(f.spans, span), append(f.copies, bytes.Clone(span))
	}
}

func (f *flight) unchanged() bool { return slices.EqualFunc(f.spans, f.copies, bytes.Equal) }

// TestJournalAgainstAFlatOne does the same at random with both, and compares what they give.
func TestJournalAgainstAFlatOne(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var j journal
		var flat flatJournal
		var writing flight
		for step := range 500 {
			switch random.IntN(7) {
			case 0, 1:
				f := anyMessage(random)
				j.append(&f, maxHeader+f.fieldsSize())
				flat.frames = append(flat.frames, AppendFrame(nil, &f))
			case 2:
				var span []byte
				count := 1 + random.IntN(20)
				for range count {
					f := anyMessage(random)
					frame := AppendFrame(nil, &f)
					span = append(span, frame...)
					flat.frames = append(flat.frames, frame)
				}
				j.appendSpan(span, count, random.IntN(2) == 0)
			case 3:
				limit, exceed := random.IntN(3000), random.IntN(2) == 0
				spans, n := j.take(nil, limit, exceed)
				if got, want := bytes.Join(spans, nil), flat.take(limit, exceed); !bytes.Equal(got, want) || n != len(want) {
					t.Fatalf("seed %d, step %d: took %d bytes, want %d", seed, step, len(got), len(want))
				}
				writing.begin(spans)
			case 4:
				count := random.IntN(flat.everTaken + 2)
				place, ok := j.skip(uint64(count))
				if want := flat.acknowledge(count); ok != want {
					t.Fatalf("seed %d, step %d: %d acknowledged: %v, want %v", seed, step, count, ok, want)
				}
				if ok {
					j.acknowledge(place, uint64(count))
				}
			case 5:
				writing = flight{} // as the WebSocket has ended, which comes before
				j.rewind()
				flat.taken = 0
			case 6:
				j.written, writing = j.head, flight{}
			}
			if !writing.unchanged() {
				t.Fatalf("seed %d, step %d: what is being written has changed", seed, step)
			}
			if held := sizeOf(flat.frames); j.held() != held {
				t.Fatalf("seed %d, step %d: holds %d bytes, want %d", seed, step, j.held(), held)
			}
			if j.kept != j.inPieces() {
				t.Fatalf("seed %d, step %d: says that it keeps %d bytes, and keeps %d", seed, step, j.kept, j.inPieces())
			}
			if untaken := sizeOf(flat.frames[flat.taken:]); j.untaken() != untaken {
				t.Fatalf("seed %d, step %d: %d bytes are untaken, want %d", seed, step, j.untaken(), untaken)
			}
			if step%8 == 7 && !bytes.Equal(j.bytes(), slices.Concat(flat.frames...)) { // all of it at each step takes minutes
				t.Fatalf("seed %d, step %d: what is held is not what was appended", seed, step)
			}
		}
	}
}

func sizeOf(frames [][]byte) (n int) {
	for _, frame := range frames {
		n += len(frame)
	}
	return n
}

func anyMessage(random *rand.Rand) Frame {
	body := make(Body, 1+random.IntN(1<<random.IntN(12)))
	for i := range body {
		body[i] = byte(random.Uint32())
	}
	return Frame{Kind: KindMessage, Socket: 1, Body: body}
}

// TestJournalForgets what was taken, where nothing is kept, and holds no memory for it.
func TestJournalForgets(t *testing.T) {
	var j journal
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		for range random.IntN(20) {
			f := anyMessage(random)
			j.append(&f, maxHeader+f.fieldsSize())
		}
		for j.untaken() > 0 {
			if _, n := j.take(nil, 1000, true); n == 0 {
				t.Fatal("nothing was taken")
			}
			j.forget(j.head)
		}
		if j.held() != 0 || j.inPieces() > firstPiece || j.kept != j.inPieces() {
			t.Fatalf("holds %d bytes in %d", j.held(), j.inPieces())
		}
	}
}

// TestJournalKeepsWhatWasTaken as it was, while more is appended behind it.
func TestJournalKeepsWhatWasTaken(t *testing.T) {
	var j journal
	random := rand.New(rand.NewPCG(3, 4))
	var spans, copies [][]byte
	for range 2000 {
		f := anyMessage(random)
		j.append(&f, maxHeader+f.fieldsSize())
		taken, _ := j.take(nil, 1<<20, true)
		for _, span := range taken {
			spans, copies = append(spans, span), append(copies, bytes.Clone(span))
		}
		j.forget(j.head)
	}
	for i := range spans {
		if !bytes.Equal(spans[i], copies[i]) {
			t.Fatalf("span %d has changed", i)
		}
	}
}
