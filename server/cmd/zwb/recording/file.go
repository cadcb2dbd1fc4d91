package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/klauspost/compress/zstd"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// File reads a recording.
type File struct {
	r     io.ReaderAt
	size  int64
	index int64 // where the index begins; 0: there is none
	pack  *zstd.Decoder
}

// Block is what a block says of itself.
type Block struct {
	Offset      int64 // in the file
	Entries     int
	Gaps        int   // how many of the entries are gaps
	First, Last int64 // the least and the greatest time of its entries, nanoseconds since 1970
	Sources     []Source
	header      header
}

// End is where the next block begins.
func (b *Block) End() int64 { return b.Offset + b.header.size() }

// Size is how many bytes the entries have when they are not compressed.
func (b *Block) Size() int { return b.header.body }

// Damage is a part of the file that cannot be read. Its code is Lost.
type Damage struct {
	From, To int64 // bytes
	Entries  int   // how many entries were in there; 0: nobody knows
	Tail     bool  // nothing comes after it: what a writer was killed with
}

// Error says where it is.
func (d *Damage) Error() string {
	if d.Tail {
		return fmt.Sprintf("the last %d bytes are no whole block: the recording was cut there", d.To-d.From)
	}
	return fmt.Sprintf("%d bytes from byte %d on are damaged", d.To-d.From, d.From)
}

// Unwrap gives an error with the code.
func (d *Damage) Unwrap() error { return core.NewError(core.Lost, d.Error()) }

// Open reads how a file of so many bytes begins and ends. What is no recording is Invalid.
func Open(r io.ReaderAt, size int64) (*File, error) {
	magic := make([]byte, len(fileMagic))
	if n, err := r.ReadAt(magic, 0); n < len(magic) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(magic) != fileMagic {
		return nil, core.NewError(core.Invalid, "it is no recording of zwb record")
	}
	pack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	f := &File{r: r, size: size, pack: pack}
	f.index, err = f.findIndex()
	return f, err
}

// Close gives the decompressor's memory back.
func (f *File) Close() { f.pack.Close() }

// Indexed tells whether the recording was closed well, so that it has an index.
func (f *File) Indexed() bool { return f.index > 0 }

// Blocks yields the blocks in their order, and a *Damage where something cannot be read; it goes on after that. Any other error is the
// last one: the file cannot be read.
func (f *File) Blocks() iter.Seq2[*Block, error] {
	return func(yield func(*Block, error) bool) {
		next := int64(len(fileMagic))
		if f.index > 0 {
			var done bool
			if next, done = f.indexed(next, yield); done {
				return
			}
		}
		f.scan(next, yield)
	}
}

// End is where the next block is to be appended: behind the last whole one. An index, or what a writer was killed with, is behind it.
func (f *File) End() (int64, error) {
	end := int64(len(fileMagic))
	for b, err := range f.Blocks() {
		if damage := (*Damage)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return 0, err
		}
		end = b.End()
	}
	return end, nil
}

// scan goes from header to header.
func (f *File) scan(next int64, yield func(*Block, error) bool) {
	for next < f.size {
		h, err := f.headerAt(next)
		if err != nil {
			yield(nil, err)
			return
		}
		from := next
		if h == nil {
			if next, err = f.search(next + 1); err != nil {
				yield(nil, err)
				return
			}
			if !yield(nil, &Damage{From: from, To: next, Tail: next == f.size}) {
				return
			}
			continue
		}
		next += h.size()
		if h.magic == indexMagic || !yield(f.block(from, *h)) {
			return
		}
	}
}

// headerAt is the header at an offset, or nil if no whole block begins there.
func (f *File) headerAt(offset int64) (*header, error) {
	if offset+headerSize > f.size {
		return nil, nil
	}
	head := make([]byte, headerSize)
	if err := f.read(head, offset); err != nil {
		return nil, err
	}
	if h, ok := parseHeader(head); ok && offset+h.size() <= f.size {
		return &h, nil
	}
	return nil, nil
}

// block reads the summary of a block.
func (f *File) block(offset int64, h header) (*Block, error) {
	text := make([]byte, h.summary)
	if err := f.read(text, offset+headerSize); err != nil {
		return nil, err
	}
	return newBlock(offset, h, text)
}

func newBlock(offset int64, h header, text []byte) (*Block, error) {
	var s summary
	if crc32.ChecksumIEEE(text) != h.summarySum || json.Unmarshal(text, &s) != nil || !s.allowed() {
		return nil, &Damage{From: offset, To: offset + h.size(), Entries: h.entries}
	}
	return &Block{Offset: offset, Entries: h.entries, Gaps: h.gaps, First: h.first, Last: h.last, Sources: s.Sources, header: h}, nil
}

// search finds the next whole block from an offset on. There is none if it returns the size of the file.
func (f *File) search(from int64) (int64, error) {
	const window = 64 << 10
	chunk := make([]byte, window)
	for from < f.size {
		n := min(window, f.size-from)
		if err := f.read(chunk[:n], from); err != nil {
			return 0, err
		}
		for at := 0; ; at++ {
			found := bytes.Index(chunk[at:n], []byte(blockMagic))
			if found < 0 {
				break
			}
			at += found
			if h, err := f.headerAt(from + int64(at)); err != nil || h != nil {
				return from + int64(at), err
			}
		}
		from += max(1, n-int64(len(blockMagic)-1)) // one may begin in this window and end in the next
	}
	return f.size, nil
}

// Entries yields what is in a block. A *Damage says that all of it, or the rest, cannot be read. The parts are the caller's to keep.
func (f *File) Entries(b *Block) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		body, err := f.body(b.Offset, b.header)
		if err != nil {
			yield(nil, err)
			return
		}
		for n := 0; len(body) > 0; n++ {
			e, rest, ok := nextEntry(body, len(b.Sources))
			if !ok {
				yield(nil, &Damage{From: b.Offset, To: b.End(), Entries: max(0, b.Entries-n)})
				return
			}
			if body = rest; e != nil && !yield(e, nil) {
				return
			}
		}
	}
}

// body decompresses the body of a block.
func (f *File) body(offset int64, h header) ([]byte, error) {
	packed := make([]byte, h.packed)
	if err := f.read(packed, offset+headerSize+int64(h.summary)); err != nil {
		return nil, err
	}
	damage := &Damage{From: offset, To: offset + h.size(), Entries: h.entries}
	if crc32.ChecksumIEEE(packed) != h.bodySum {
		return nil, damage
	}
	body, err := f.pack.DecodeAll(packed, make([]byte, 0, h.body))
	if err != nil || len(body) != h.body {
		return nil, damage
	}
	return body, nil
}

// read fills b.
func (f *File) read(b []byte, offset int64) error {
	if n, err := f.r.ReadAt(b, offset); n < len(b) {
		return err
	}
	return nil
}
