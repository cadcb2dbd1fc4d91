package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a file in an archive.
type entry struct {
	name string // with the archive's folder
	from string
	mode fs.FileMode
}

// contents are the binary, and what its user needs, in a folder with the archive's name, in the order of their names.
func contents(folder, binary string) ([]entry, error) {
	files := []entry{{path.Join(folder, filepath.Base(binary)), binary, 0o755}}
	for _, name := range []string{"LICENSE", "README.md", "SECURITY.md", "CHANGELOG.md", "server/README.md"} {
		files = append(files, entry{path.Join(folder, name), name, 0o644})
	}
	deploy, err := os.ReadDir("examples/deploy")
	if err != nil {
		return nil, err
	}
	for _, file := range deploy {
		if name := path.Join("examples/deploy", file.Name()); !strings.HasSuffix(name, ".go") {
			files = append(files, entry{path.Join(folder, name), name, 0o644})
		}
	}
	slices.SortFunc(files, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// writeTar writes a .tar.gz, all of whose files are root's and of the same time.
func writeTar(w io.Writer, files []entry, at time.Time) error {
	packed := gzip.NewWriter(w) // without a name and a time
	archive := tar.NewWriter(packed)
	for _, file := range files {
		text, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		head := &tar.Header{Typeflag: tar.TypeReg, Name: file.name, Mode: int64(file.mode), Size: int64(len(text)), ModTime: at, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(head); err != nil {
			return err
		}
		if _, err := archive.Write(text); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), packed.Close())
}

// writeZip is the same for Windows.
func writeZip(w io.Writer, files []entry, at time.Time) error {
	archive := zip.NewWriter(w)
	for _, file := range files {
		text, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		head := &zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: at}
		head.SetMode(file.mode)
		part, err := archive.CreateHeader(head)
		if err != nil {
			return err
		}
		if _, err := part.Write(text); err != nil {
			return err
		}
	}
	return archive.Close()
}
