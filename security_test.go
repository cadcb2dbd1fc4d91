package zmqwebbridge_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// attackers are the folders of tests that attack a zwb that runs.
var attackers = []string{"server/cmd/zwb/attack", "server/cmd/zwb/outlive", "js/e2e", "examples/deploy"}

// TestSecurityIsAttacked: every threat of SECURITY.md names a test that attacks a running zwb, and every test that it names is there.
func TestSecurityIsAttacked(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	name, declared, threats := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`"), goTests(t), map[string]bool{}
	for _, match := range name.FindAllSubmatch(text, -1) {
		if declared[string(match[1])] == nil {
			t.Errorf("it names %s, which is not there", match[1])
		}
	}
	for row := range strings.Lines(string(text)) {
		threat, rest, isRow := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		named := name.FindAllStringSubmatch(rest, -1)
		if !isRow || !strings.HasPrefix(row, "| ") || named == nil {
			continue
		}
		if threats[threat] {
			t.Errorf("it says twice: %s", threat)
		}
		threats[threat] = true
		if !slices.ContainsFunc(named, func(match []string) bool { return slices.ContainsFunc(declared[match[1]], attacks) }) {
			t.Errorf("no test attacks a zwb that runs: %s", threat)
		}
	}
	if len(threats) < 70 {
		t.Errorf("it lists %d threats that are tested", len(threats))
	}
}

// attacks tells whether a folder is of tests that attack a zwb that runs.
func attacks(folder string) bool {
	return slices.ContainsFunc(attackers, func(of string) bool { return folder == of || strings.HasPrefix(folder, of+"/") })
}

// goTests are the names of all Go tests of the project, and the folders in which they are.
func goTests(t *testing.T) map[string][]string {
	t.Helper()
	declared, folders := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`), map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, match := range declared.FindAllSubmatch(text, -1) {
			folders[string(match[1])] = append(folders[string(match[1])], filepath.ToSlash(filepath.Dir(name)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}
