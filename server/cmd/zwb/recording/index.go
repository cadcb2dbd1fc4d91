package recording

import (
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Seal writes the index of a recording behind its blocks: w appends where End says. The index is blocks, too. Their bodies have the offset,
// the header and the summary of every block, and the end of the file says where the first of them is.
func (f *File) Seal(w io.Writer) error {
	pack, err := newEncoder()
	if err != nil {
		return err
	}
	x := &indexer{w: w, pack: pack}
	end := int64(len(fileMagic))
	for b, err := range f.Blocks() {
		if damage := (*Damage)(nil); errors.As(err, &damage) {
			continue // it was there before, and whoever reads the blocks finds it again
		}
		if err != nil {
			return err
		}
		row := make([]byte, headerSize+b.header.summary)
		if err := f.read(row, b.Offset); err != nil {
			return err
		}
		if err := x.add(b.Offset, row); err != nil {
			return err
		}
		end = b.End()
	}
	if err := x.flush(); err != nil {
		return err
	}
	_, err = w.Write(trailer(end))
	return err
}

// indexer writes the blocks of an index.
type indexer struct {
	w    io.Writer
	pack *zstd.Encoder
	body []byte
	rows int
}

func (x *indexer) add(offset int64, row []byte) error {
	if len(x.body) > 0 && len(x.body)+8+len(row) > BlockSize {
		if err := x.flush(); err != nil {
			return err
		}
	}
	x.body = append(order.AppendUint64(x.body, uint64(offset)), row...)
	x.rows++
	return nil
}

func (x *indexer) flush() error {
	_, err := x.w.Write(block(x.pack, header{magic: indexMagic, entries: x.rows}, nil, x.body))
	x.body, x.rows = x.body[:0], 0
	return err
}

// trailer is the end of a recording that was closed well.
func trailer(index int64) []byte {
	b := order.AppendUint64([]byte(endMagic), uint64(index))
	return order.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// findIndex returns where the index begins, or 0.
func (f *File) findIndex() (int64, error) {
	if f.size < int64(len(fileMagic))+endSize {
		return 0, nil
	}
	end := make([]byte, endSize)
	if err := f.read(end, f.size-endSize); err != nil {
		return 0, err
	}
	index := order.Uint64(end[4:])
	if string(end[:4]) != endMagic || order.Uint32(end[12:]) != crc32.ChecksumIEEE(end[:12]) ||
		index < uint64(len(fileMagic)) || index > uint64(f.size-endSize) {
		return 0, nil
	}
	return int64(index), nil
}

// indexed yields the blocks of the index. If that cannot be read to its end, it is not done, and says where to go on without it.
func (f *File) indexed(next int64, yield func(*Block, error) bool) (at int64, done bool) {
	for from := f.index; from < f.size-endSize; {
		part, err := f.headerAt(from)
		if err != nil || part == nil || part.magic != indexMagic {
			return next, false
		}
		rows, err := f.body(from, *part)
		if err != nil {
			return next, false
		}
		for len(rows) > 0 {
			var b *Block
			if b, rows = nextRow(rows); b == nil || b.Offset < next || b.End() > f.index {
				return next, false
			}
			if b.Offset > next && !yield(nil, &Damage{From: next, To: b.Offset}) || !yield(b, nil) {
				return 0, true
			}
			next = b.End()
		}
		from += part.size()
	}
	return next, next == f.index
}

// nextRow takes a row from the body of an index. Each is a block of its own in the file, and lies behind the one before it, so there are
// no more rows than the file has room for blocks.
func nextRow(rows []byte) (*Block, []byte) {
	if len(rows) < 8+headerSize {
		return nil, nil
	}
	offset, head := order.Uint64(rows), rows[8:8+headerSize]
	h, ok := parseHeader(head)
	rows = rows[8+headerSize:]
	if !ok || h.magic != blockMagic || offset > 1<<62 || h.summary > len(rows) {
		return nil, nil
	}
	b, err := newBlock(int64(offset), h, rows[:h.summary])
	if err != nil {
		return nil, nil
	}
	return b, rows[h.summary:]
}
