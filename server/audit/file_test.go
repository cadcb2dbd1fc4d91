package audit

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// TestRotation: the file is moved away while decisions come. Each is in one of the two, as a whole line.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l := New(f)
	const many = 500
	for i := range many {
		if i == many/2 {
			if err := os.Rename(path, path+".1"); err != nil {
				t.Fatal(err)
			}
			if err := f.Reopen(); err != nil {
				t.Fatal(err)
			}
		}
		l.Decided(access.Decision{What: access.Open, Reason: strings.Repeat("x", 100)})
	}
	l.Close()
	lines := 0
	for _, name := range []string{path, path + ".1"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			lines++
			if err := json.Unmarshal(line, new(access.Decision)); err != nil {
				t.Errorf("%s: %v in %q", name, err, line)
			}
		}
	}
	if lines+int(l.Dropped()) != many {
		t.Errorf("%d lines, %d dropped", lines, l.Dropped())
	}
}

// TestReopenThatFails keeps the file.
func TestReopenThatFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "audit")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(filepath.Join(folder, "a.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(folder, folder+".1"); err != nil {
		t.Fatal(err)
	}
	if f.Reopen() == nil {
		t.Fatal("there is no such folder any more")
	}
	if _, err := f.Write([]byte("{}\n")); err != nil {
		t.Error(err)
	}
}
