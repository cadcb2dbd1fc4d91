package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// recipe is an example as its README runs it: a bridge with its zwb.yaml, its page behind a web server of its own, and its
// programs in Python. It is a copy in which only the ports are others, because somebody else may have those of the README.
type recipe struct {
	t         *testing.T
	name, dir string // the copy of examples
	web       string // the origin of the page
	ports     *ports
}

const (
	bridgeOfExamples = "127.0.0.1:8000" // where the bridge is in all examples
	webOfExamples    = "127.0.0.1:8080" // where their pages are
)

// newRecipe copies an example, with the programs in Python that all examples share, and serves it.
func newRecipe(t *testing.T, name string) *recipe {
	t.Helper()
	r := &recipe{t: t, name: name, dir: t.TempDir()}
	web := httptest.NewServer(http.FileServer(http.Dir(r.dir)))
	t.Cleanup(web.Close)
	r.web = web.URL
	r.ports = newPorts(t, map[string]string{webOfExamples: web.Listener.Addr().String()})
	for _, folder := range []string{name, "python"} {
		copyFolder(t, filepath.Join("../../examples", folder), filepath.Join(r.dir, folder), r.ports.replace)
	}
	return r
}

// startRecipe copies an example, and starts the bridge for it.
func startRecipe(t *testing.T, name string) *recipe {
	t.Helper()
	r := newRecipe(t, name)
	r.startBridge()
	return r
}

// startBridge starts a bridge with the file of the example.
func (r *recipe) startBridge() {
	r.t.Helper()
	startBridge(r.t, "--listen", r.ports.of(bridgeOfExamples), "--config", filepath.Join(r.dir, r.name, "zwb.yaml"))
}

// python starts a program of the examples.
func (r *recipe) python(script string, args ...string) *process {
	r.t.Helper()
	return start(r.t, python, append([]string{filepath.Join(r.dir, script)}, args...)...)
}

// open opens a page of the example.
func (r *recipe) open(t *testing.T, name string) *page {
	t.Helper()
	return openTab(t, r.web+"/"+r.name+"/"+name)
}

// until is JavaScript: a function that waits until another one returns something.
const until = `const until = async (so) => { for (;;) { const it = so(); if (it) return it; await new Promise((r) => setTimeout(r, 10)); } };
	const all = (selector) => [...document.querySelectorAll(selector)];
	const text = (selector) => document.querySelector(selector)?.textContent;`

// ports gives each address of this machine that stands in a file a port that is free, the same one in all files.
type ports struct {
	given map[string]string
	free  []string
}

// anyPort is where a program listens, or connects to, in the examples.
var anyPort = regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`)

func newPorts(t *testing.T, given map[string]string) *ports {
	t.Helper()
	p := &ports{given: given}
	const most = 16
	first := freePorts(t, most)
	for n := range most {
		p.free = append(p.free, "127.0.0.1:"+itoa(first+n))
	}
	return p
}

// of is the address that stands for one in the examples.
func (p *ports) of(address string) string {
	if p.given[address] == "" {
		p.given[address], p.free = p.free[0], p.free[1:]
	}
	return p.given[address]
}

// replace replaces all addresses in a file.
func (p *ports) replace(text []byte) []byte {
	return anyPort.ReplaceAllFunc(text, func(address []byte) []byte { return []byte(p.of(string(address))) })
}

// copyFolder copies the files of a folder, but what was installed or built in it, with changes.
func copyFolder(t *testing.T, from, to string, change func([]byte) []byte) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err == nil {
		err = os.MkdirAll(to, 0o755)
	}
	for _, file := range files {
		if err != nil {
			break
		}
		if slices.Contains([]string{"node_modules", "dist", "__pycache__"}, file.Name()) {
			continue
		}
		var text []byte
		if text, err = os.ReadFile(filepath.Join(from, file.Name())); err == nil {
			err = os.WriteFile(filepath.Join(to, file.Name()), change(text), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
