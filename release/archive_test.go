package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestArchivesAreTheSame: what is known of the files besides their names and bytes does not get into an archive.
func TestArchivesAreTheSame(t *testing.T) {
	at := time.Unix(1_700_000_000, 0).UTC()
	for name, write := range map[string]func(io.Writer, []entry, time.Time) error{"tar": writeTar, "zip": writeZip} {
		var archives [2]bytes.Buffer
		for i := range archives {
			file := filepath.Join(t.TempDir(), "zwb")
			if err := errors.Join(os.WriteFile(file, []byte("binary"), 0o600), os.Chtimes(file, time.Now(), time.Now().AddDate(i, 0, 0))); err != nil {
				t.Fatal(err)
			}
			if err := write(&archives[i], []entry{{"zwb-1/zwb", file, 0o755}}, at); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(archives[0].Bytes(), archives[1].Bytes()) {
			t.Errorf("%s: two archives of the same differ", name)
		}
		found, mode, when := firstOf(t, name, archives[0].Bytes())
		if found != "zwb-1/zwb" || mode.Perm() != 0o755 || !when.Equal(at) {
			t.Errorf("%s has %s, %v, %v", name, found, mode, when)
		}
	}
}

func firstOf(t *testing.T, kind string, archive []byte) (name string, mode os.FileMode, when time.Time) {
	t.Helper()
	if kind == "zip" {
		z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			t.Fatal(err)
		}
		return z.File[0].Name, z.File[0].Mode(), z.File[0].Modified
	}
	packed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	head, err := tar.NewReader(packed).Next()
	if err != nil {
		t.Fatal(err)
	}
	return head.Name, head.FileInfo().Mode(), head.ModTime
}

// TestContents: whoever unpacks an archive has the licence, and the files to deploy it with.
func TestContents(t *testing.T) {
	t.Chdir("..")
	files, err := contents("zwb-1", "bin/zwb")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, file := range files {
		has[file.name] = true
	}
	for _, name := range []string{"zwb", "LICENSE", "README.md", "SECURITY.md", "CHANGELOG.md", "server/README.md", "examples/deploy/zwb.service", "examples/deploy/nginx.conf", "examples/deploy/README.md"} {
		if !has["zwb-1/"+name] {
			t.Errorf("%s is missing", name)
		}
	}
}
