package zmqwebbridge_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// pages are the project's documents, but those of what it was installed with.
func pages(t *testing.T) (found []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "node_modules", "bin"}, entry.Name()) {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// links are the places in the project that a document links to, as paths from the root.
func links(t *testing.T, page string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range link.FindAllSubmatch(text, -1) {
		target, _, _ := strings.Cut(string(match[1]), "#")
		if target != "" && !strings.Contains(target, ":") {
			found = append(found, path.Join(path.Dir(page), target))
		}
	}
	return found
}

// TestDocumentsLinkToWhatExists: files move, and documents have to move with them.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	for _, page := range pages(t) {
		for _, target := range links(t, page) {
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, target)
			}
		}
	}
}

// TestArchitectureNamesEveryPackage: somebody who opens the folder finds each of its rooms on the map, or the one above it.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	known := links(t, "ARCHITECTURE.md")
	for _, p := range list(t, "native", "./...") {
		if p.Module == nil || p.Module.Path != module || p.ImportPath == module {
			continue
		}
		folder := short(p.ImportPath)
		isTestsOrTool := slices.Contains([]string{"gatewaytest", "sessiontest", "bench", "nodeexec"}, path.Base(folder))
		if !isTestsOrTool && !slices.Contains(known, folder) && !strings.HasPrefix(folder, "examples/") {
			t.Errorf("ARCHITECTURE.md does not say what %s is", folder)
		}
	}
	for _, page := range []string{"README.md", "core/PROTOCOL.md"} {
		if !slices.Contains(links(t, page), "ARCHITECTURE.md") {
			t.Errorf("%s does not link to ARCHITECTURE.md", page)
		}
	}
}
