package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"

	"github.com/andybalholm/brotli"
)

type sizes struct{ plain, gzip, brotli int64 }

// write writes a file, unless the file has this content already. Then its time does not change, and its compressed forms need
// not be made again.
func write(name string, content []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return os.WriteFile(name, content, 0o644)
}

// compress writes name.gz and name.br beside a file, if they are older than it.
func compress(name string) (sizes, error) {
	plain, err := os.Stat(name)
	if err != nil {
		return sizes{}, err
	}
	gz, err := freshen(name, ".gz", plain, func(w io.Writer) (io.WriteCloser, error) {
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	})
	if err != nil {
		return sizes{}, err
	}
	br, err := freshen(name, ".br", plain, func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	})
	return sizes{plain.Size(), gz, br}, err
}

// freshen makes the file name+suffix if it is older than plain, and returns its size in bytes.
func freshen(name, suffix string, plain os.FileInfo, newWriter func(io.Writer) (io.WriteCloser, error)) (int64, error) {
	if old, err := os.Stat(name + suffix); err == nil && !old.ModTime().Before(plain.ModTime()) {
		return old.Size(), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	var out bytes.Buffer
	w, err := newWriter(&out)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(text); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return int64(out.Len()), os.WriteFile(name+suffix, out.Bytes(), 0o644)
}
