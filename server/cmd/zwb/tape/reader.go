package tape

import (
	"os"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
)

// Reader is a file that is read. It may be recorded into at the same time: then it ends where that was when it was opened.
type Reader struct {
	*recording.File
	Size int64
	file *os.File
}

// Read opens a file.
func Read(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: file}
	if info, err := file.Stat(); err == nil {
		r.Size = info.Size()
	}
	if r.File, err = recording.Open(file, r.Size); err != nil {
		file.Close()
		return nil, named(err, path)
	}
	return r, nil
}

// Close closes the file.
func (r *Reader) Close() {
	r.File.Close()
	r.file.Close()
}
