package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// These tests run the programs of the documents as they stand there. Only the addresses are replaced by those of the test.

func readmeBlock(t *testing.T, folder, marker string) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("../..", folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- " + marker + " -->\n```[a-z]+\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatalf("%s/README.md has no block marked %q", folder, marker)
	}
	return string(block[1])
}

// moved is a block with the README's addresses replaced.
func moved(block string, b *bridge, demo int) string {
	block = strings.ReplaceAll(block, "127.0.0.1:8000", strings.TrimPrefix(b.url, "http://"))
	for n := range 4 {
		block = strings.ReplaceAll(block, itoa(10001+n), itoa(demo+n))
	}
	return block
}

func TestReadmePage(t *testing.T) {
	t.Parallel()
	block := readmeBlock(t, "", "run: page")
	demo := freePorts(t, 4)
	var html string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html>", html)
	}))
	t.Cleanup(web.Close)
	b := startBridge(t, "--demo", "--demo-port", itoa(demo), "--origin", web.URL)
	html = moved(block, b, demo)
	p := openTab(t, web.URL)
	logs := p.awaitLogs(func(logs []string) bool { return len(logs) >= 3 })
	if all := strings.Join(logs, "\n"); !strings.Contains(all, `"reply" "hello"`) || !strings.Contains(all, `"fx.EURUSD"`) {
		t.Errorf("the page logged %s", all)
	}
	p.nothingThrown()
}

func TestReadmeGo(t *testing.T) {
	t.Parallel()
	demo := freePorts(t, 4)
	b := startBridge(t, "--demo", "--demo-port", itoa(demo))
	out := goRun(t, "run", moved(readmeBlock(t, "core/zmq", "run: go"), b, demo))
	if !strings.Contains(out, "reply hello") || !strings.Contains(out, "fx.") {
		t.Errorf("it printed %s", out)
	}
}

func TestReadmeHooks(t *testing.T) {
	t.Parallel()
	goRun(t, "vet", readmeBlock(t, "server", "build: hooks"))
}

// goRun hands a program to the go command, in the bridge's module.
func goRun(t *testing.T, command, program string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", command, file)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", command, err, out)
	}
	return string(out)
}
