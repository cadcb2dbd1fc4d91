package audit

import (
	"os"
	"sync"
)

// File is a file that decisions are appended to, and that somebody may move away meanwhile.
type File struct {
	path string

	mu     sync.Mutex
	file   *os.File
	closed bool
}

// OpenFile opens it, or makes it; only its owner may read it.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	return f, f.Reopen()
}

// Reopen opens the path again, after the file was moved away: what comes next is in a file of the old name. If that fails, the file
// that is open stays.
func (f *File) Reopen() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return file.Close()
	}
	before := f.file
	f.file = file
	if before != nil {
		before.Close()
	}
	return nil
}

// Path is what it was opened by.
func (f *File) Path() string { return f.path }

// Write is part of io.Writer. It writes whole lines, if it is given whole lines.
func (f *File) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Write(lines)
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.file.Close()
}
