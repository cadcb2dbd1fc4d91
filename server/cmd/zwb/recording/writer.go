package recording

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Writer appends blocks to a recording. It holds one block, at most BlockSize or one message.
type Writer struct {
	w             io.Writer
	pack          *zstd.Encoder
	body          []byte
	tally         tally
	entries, gaps int
	first, last   int64
	err           error // of a write: what is in the file behind it nobody knows
}

// NewWriter begins a recording, or goes on with one at the end of its blocks, where File.End says.
func NewWriter(w io.Writer, begun bool) (*Writer, error) {
	pack, err := newEncoder()
	if err != nil {
		return nil, err
	}
	if !begun {
		_, err = io.WriteString(w, fileMagic)
	}
	return &Writer{w: w, pack: pack}, err
}

func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(BlockSize), zstd.WithLowerEncoderMem(true))
}

// Source adds a socket, and returns the number for Entry.Source.
func (w *Writer) Source(kind, name string) (int, error) {
	if len(w.tally.sources) == maxSources {
		return 0, core.NewError(core.Invalid, fmt.Sprintf("a recording has at most %d sources", maxSources))
	}
	if len(name) > maxName {
		return 0, core.NewError(core.Invalid, fmt.Sprintf("the name of a source has at most %d bytes", maxName))
	}
	w.tally.sources = append(w.tally.sources, Source{Type: kind, Name: name})
	w.tally.places = append(w.tally.places, nil)
	return len(w.tally.sources) - 1, nil
}

// Add appends an entry. When the block is full before it, that is written first. A message over MaxMessage is refused with the code TooLarge.
func (w *Writer) Add(e Entry) error {
	size := e.size()
	switch {
	case e.Source < 0 || e.Source >= len(w.tally.sources):
		return core.NewError(core.Invalid, "the recording has no such source")
	case e.Gap == nil && (len(e.Parts) == 0 || len(e.Parts) > core.MaxParts):
		return core.NewError(core.Invalid, fmt.Sprintf("a message has 1 to %d parts", core.MaxParts))
	case e.Gap != nil && len(e.Gap.Code) > maxCode:
		return core.NewError(core.Invalid, fmt.Sprintf("the code of a gap has at most %d bytes", maxCode))
	case size > MaxMessage:
		return core.NewError(core.TooLarge, fmt.Sprintf("a recording has no messages over %d MiB", MaxMessage>>20))
	case len(w.body)+size > BlockSize && w.entries > 0:
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if w.entries == 0 {
		w.first, w.last = e.Time, e.Time
	}
	w.first, w.last = min(w.first, e.Time), max(w.last, e.Time)
	w.body = e.appendTo(w.body)
	w.entries++
	if e.Gap != nil {
		w.gaps++
	} else {
		w.tally.add(e.Source, e.Parts, e.Parts.Size())
	}
	return w.err
}

// Flush writes the block that is begun, in one call of Write. After an error of that nothing more is written.
func (w *Writer) Flush() error {
	if w.entries == 0 || w.err != nil {
		return w.err
	}
	text, err := json.Marshal(summary{w.tally.sources})
	if err != nil {
		return err
	}
	h := header{magic: blockMagic, entries: w.entries, gaps: w.gaps, first: w.first, last: w.last}
	_, w.err = w.w.Write(block(w.pack, h, text, w.body))
	if cap(w.body) > 2*BlockSize {
		w.body = nil // it was one large message
	}
	w.body, w.entries, w.gaps = w.body[:0], 0, 0
	w.tally.clear()
	return w.err
}

// block is a whole block, of which the header lacks what summary and body say.
func block(pack *zstd.Encoder, h header, summary, body []byte) []byte {
	packed := pack.EncodeAll(body, nil)
	h.summary, h.packed, h.body = len(summary), len(packed), len(body)
	h.summarySum, h.bodySum = crc32.ChecksumIEEE(summary), crc32.ChecksumIEEE(packed)
	all := make([]byte, 0, h.size())
	all = h.appendTo(all)
	all = append(all, summary...)
	return append(all, packed...)
}
