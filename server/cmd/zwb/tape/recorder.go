package tape

import (
	"errors"
	"io"
	"os"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
)

// Recorder is a file that is recorded into.
type Recorder struct {
	*recording.Writer
	file *os.File
	Cut  int64 // bytes of a block that was not whole, which were removed
	Old  bool  // there was a recording, which goes on
}

// Record opens a file. A recording that is there goes on behind its last whole block; any other file stays as it is, and the error is
// Invalid. If somebody else records into it, the error is Conflict.
func Record(path string) (*Recorder, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // it may hold what not everybody on this machine is to see
	if err != nil {
		return nil, err
	}
	r := &Recorder{file: file}
	if err = r.begin(); err != nil {
		file.Close()
		return nil, err
	}
	return r, nil
}

func (r *Recorder) begin() error {
	if err := lock(r.file); err != nil {
		return core.NewError(core.Conflict, r.file.Name()+": somebody else records into it")
	}
	size, err := r.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	end, err := r.end(size)
	if err == nil {
		err = errors.Join(r.file.Truncate(end), seek(r.file, end))
	}
	if err == nil {
		r.Writer, err = recording.NewWriter(r.file, r.Old)
	}
	return err
}

// end is where to go on in a file of so many bytes.
func (r *Recorder) end(size int64) (int64, error) {
	if size < recording.Smallest {
		return 0, r.unborn(size)
	}
	read, err := recording.Open(r.file, size)
	if err != nil {
		return 0, named(err, r.file.Name())
	}
	defer read.Close()
	end, err := read.End()
	if r.Old = true; !read.Indexed() {
		r.Cut = size - end
	}
	return end, err
}

// unborn tells whether a file is what a recorder leaves that is killed at its very beginning.
func (r *Recorder) unborn(size int64) error {
	begun := make([]byte, size)
	if _, err := r.file.ReadAt(begun, 0); err != nil {
		return err
	}
	if !recording.Begins(begun) {
		return core.NewError(core.Invalid, r.file.Name()+": it is no recording of zwb record")
	}
	return nil
}

func seek(file *os.File, to int64) error {
	_, err := file.Seek(to, io.SeekStart)
	return err
}

// Close writes what there is, and the index.
func (r *Recorder) Close() error {
	err := r.Flush()
	if err == nil {
		err = r.seal()
	}
	return errors.Join(err, r.file.Close())
}

func (r *Recorder) seal() error {
	size, err := r.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	read, err := recording.Open(r.file, size)
	if err != nil {
		return err
	}
	defer read.Close()
	if err := read.Seal(r.file); err != nil {
		return err
	}
	return r.file.Sync()
}

// named says of which file an error is.
func named(err error, path string) error {
	if e, ok := core.AsError(err); ok {
		return core.NewError(e.Code, path+": "+e.Text)
	}
	return err
}
