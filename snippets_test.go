package zmqwebbridge_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// fragment makes a program of a snippet that is only a part of one.
const fragment = `package main

IMPORTS

func snippet(ctx context.Context, c *zmq.Context, req, sub *zmq.Socket, address string, stored zmq.Position) {
	{
		SNIPPET
	}
}

func main() { snippet(context.Background(), nil, nil, nil, "", zmq.Position{}) }
`

// imports are the packages that a fragment may use.
var imports = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "time": "time",
	"zmq": module + "/core/zmq", "core": module + "/core", "server": module + "/server", "gateway": module + "/server/gateway",
}

// program is a snippet that can be compiled.
func program(snippet string) string {
	if strings.Contains(snippet, "package main") {
		return snippet
	}
	text := strings.ReplaceAll(strings.ReplaceAll(fragment, "SNIPPET", snippet), "…", "")
	var needed strings.Builder
	for name, path := range imports {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(text) {
			needed.WriteString("import \"" + path + "\"\n")
		}
	}
	return strings.Replace(text, "IMPORTS", needed.String(), 1)
}

// TestGoInTheDocumentsCompiles: a variable that a snippet makes and leaves to its reader is no mistake, but everything else is
// that a compiler finds.
func TestGoInTheDocumentsCompiles(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range goBlock.FindAllSubmatch(text, -1) {
			found++
			for _, complaint := range complaints(t, program(string(block[1]))) {
				t.Errorf("%s: %s in\n%s", page, complaint, block[1])
			}
		}
	}
	if found < 4 {
		t.Errorf("there are %d snippets", found)
	}
	if len(complaints(t, program("sub.Subscribble(\"\")"))) == 0 {
		t.Error("a snippet that calls what is not there compiles")
	}
}

// complaints are those of the compiler.
func complaints(t *testing.T, program string) (found []string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", "-o", filepath.Join(dir, "program"), file).CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !strings.Contains(line, "declared and not used") {
			found = append(found, line)
		}
	}
	return found
}
