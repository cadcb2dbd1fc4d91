//go:build long

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// project is an application of somebody who has installed the package as npm packs it, and nothing else but a bundler. None of
// the bundlers is told anything but where the application begins.
type project struct {
	t   *testing.T
	dir string
}

// The application: its page asks a backend, and so does a worker of the page.
var application = map[string]string{
	"package.json": `{"name": "app", "private": true, "type": "module"}`,
	"index.html":   `<!doctype html><title>app</title><script type="module" src="/main.js"></script>`,
	"ask.js": `import * as zmq from 'zmq-web-bridge';
		export async function ask(query, words) {
			const told = new URLSearchParams(query);
			zmq.configure({ url: told.get('data') });
			const req = new zmq.Request();
			req.connect(told.get('backend'));
			await req.send(words);
			const [reply] = await req.receive();
			req.close(); // or Node goes on
			return reply.toString();
		}`,
	"worker.js": `import { ask } from './ask.js';
		onmessage = ({ data }) => ask(data, 'worker').then(postMessage, (why) => postMessage(String(why)));`,
	"main.js": `import { ask } from './ask.js';
		import { held } from './held.js';
		globalThis.answers = [ask(location.search, 'page')];
		globalThis.held = held(location.search);`,
	"held.js": `import * as zmq from 'zmq-web-bridge';
		export async function held(query) {
			const context = new zmq.Context(new URLSearchParams(query).get('data'), { shared: true, worker: true });
			await context.ready();
			const { where, fallback = '' } = context.status();
			return where + ' ' + fallback;
		}`,
	"withworker.js": `import './main.js';
		const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
		answers.push(new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data))));
		worker.postMessage(location.search);`,
}

const atHome = "/node_modules/zmq-web-bridge/dist/"

// How the application is built, if at all, and what the browser loads then.
var builds = []struct {
	name  string
	page  string            // what the page loads; none: what main.js is built into, as a module
	files map[string]string // that the application has besides
	build []string          // the command, a script of Node and its arguments
	root  string            // what the web server serves then
	serve bool              // the command is the server
	want  string            // what was answered
	far   bool              // no zmq.wasm is beside what was built, so that of the bridge is loaded, and no worker.mjs
}{
	{name: "no bundler", want: "page worker", page: `<script type="module" src="/withworker.js"></script>`, files: map[string]string{
		"ask.js":  strings.Replace(application["ask.js"], "zmq-web-bridge", atHome+"index.mjs", 1),
		"held.js": strings.Replace(application["held.js"], "zmq-web-bridge", atHome+"index.mjs", 1)}},
	{name: "an import map", want: "page", page: `<script type="importmap">{"imports": {"zmq-web-bridge": "` + atHome + `index.mjs"}}</script>
		<script type="module" src="/main.js"></script>`},
	{name: "a script and a classic worker", want: "page worker", page: `<script src="` + atHome + `zmq.js"></script><script src="/classic.js"></script>
		<script>answers = [ask(location.search, 'page'), new Promise((resolve) => {
			const worker = new Worker('/classicworker.js');
			worker.onmessage = ({ data }) => resolve(data);
			worker.postMessage(location.search);
		})]</script>`, files: map[string]string{
		"classicworker.js": `importScripts('` + atHome + `zmq.js', '/classic.js');
			onmessage = ({ data }) => ask(data, 'worker').then(postMessage, (why) => postMessage(String(why)));`,
		"classic.js": `async function ask(query, words) {
				const told = new URLSearchParams(query), req = new zmq.Context(told.get('data')).Socket(zmq.REQ);
				req.connect(told.get('backend'));
				return String((await req.request(words))[0]);
			}`}},
	{name: "Vite 7, dev", want: "page worker", build: []string{"vite/bin/vite.js"}, serve: true},
	{name: "Vite 7, build", want: "page worker", build: []string{"vite/bin/vite.js", "build"}, root: "dist"},
	{name: "Vite 8, dev", want: "page worker", build: []string{"vite8/bin/vite.js"}, serve: true},
	{name: "Vite 8, build", want: "page worker", build: []string{"vite8/bin/vite.js", "build"}, root: "dist"},
	{name: "webpack, development", want: "page worker", build: []string{"./webpack.mjs", "development"}, root: "dist", files: webpack},
	{name: "webpack, production", want: "page worker", build: []string{"./webpack.mjs", "production"}, root: "dist", files: webpack},
	{name: "esbuild", want: "page", build: []string{"esbuild/bin/esbuild", "main.js", "--bundle", "--format=esm", "--outfile=dist/main.js"}, root: "dist", far: true},
	{name: "esbuild, minified, a script", want: "page", page: `<script src="/main.js"></script>`,
		build: []string{"esbuild/bin/esbuild", "main.js", "--bundle", "--minify", "--outfile=dist/main.js"}, root: "dist", far: true},
	{name: "Rollup", want: "page", build: []string{"rollup/dist/bin/rollup", "main.js", "-p", "node-resolve", "-d", "dist"}, root: "dist", far: true},
}

// webpack is run by a script, because its command is a package of its own. What it warns of, but of sizes, fails the build.
var webpack = map[string]string{"webpack.mjs": `import webpack from 'webpack';
	webpack({ mode: process.argv[2], entry: './withworker.js' }, (failed, stats) => {
		const { errors = [], warnings = [] } = stats?.toJson() ?? {};
		const wrong = [failed, ...errors, ...warnings.filter(({ message }) => !/size limit|code splitting/.test(message))].filter(Boolean);
		for (const it of wrong) console.error(it.message);
		process.exitCode = wrong.length;
	});`}

// TestBundlers has a page ask a backend, by the package as npm packs it, however the page was made.
func TestBundlers(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	tarball := pack(t)
	for _, tt := range builds {
		t.Run(tt.name, func(t *testing.T) {
			p := newProject(t, tarball, tt.files)
			if strings.HasPrefix(tt.name, "Vite") {
				p.write("index.html", strings.Replace(application["index.html"], "main", "withworker", 1))
			}
			site := ""
			if tt.serve {
				site = p.serveDev(tt.build)
			} else {
				p.run(tt.build)
				site = p.serve(tt.root)
			}
			page := tt.page
			if tt.root != "" && page == "" && !strings.HasPrefix(tt.name, "Vite") {
				page = `<script type="module" src="/main.js"></script>`
			}
			if page != "" {
				p.write(filepath.Join(tt.root, "index.html"), "<!doctype html><title>app</title>"+page)
			}
			b := startBridge(t, "--origin", site, "--allow", "REQ "+rep.address())
			tab := openTab(t, site+"/?"+url.Values{"data": {b.data}, "backend": {rep.address()}}.Encode())
			got := eval[string](tab, `
				while (!globalThis.answers) await new Promise((r) => setTimeout(r, 10));
				return (await Promise.all(answers)).join(' ')`)
			if got != tt.want {
				t.Errorf("the answers are %q", got)
			}
			if held := eval[string](tab, `return globalThis.held ?? 'shared '`); (held != "shared ") != tt.far {
				t.Errorf("the connection is in %s", held)
			}
			near := eval[bool](tab, `return performance.getEntriesByType('resource').some(({ name, decodedBodySize }) =>
				name.startsWith(location.origin) && name.includes('.wasm') && decodedBodySize > 1e6)`)
			if near == tt.far {
				t.Errorf("zmq.wasm came from the page's own server: %v", near)
			}
			tab.nothingThrown()
		})
	}
}

// pack makes the package, and returns its file.
func pack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	runIn(t, "..", "npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", dir)
	found, err := filepath.Glob(filepath.Join(dir, "zmq-web-bridge-*.tgz"))
	if err != nil || len(found) != 1 {
		t.Fatal("npm pack has made", found, err)
	}
	return found[0]
}

// newProject makes the application, with files of its own besides, and installs the package in it.
func newProject(t *testing.T, tarball string, files map[string]string) *project {
	t.Helper()
	p := &project{t, t.TempDir()}
	home := filepath.Join(p.dir, "node_modules", "zmq-web-bridge")
	for name, text := range application {
		p.write(name, text)
	}
	for name, text := range files {
		p.write(name, text)
	}
	if err := os.MkdirAll(filepath.Join(home, "..", "@rollup"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	runIn(t, home, "tar", "xzf", tarball, "--strip-components=1")
	for _, name := range []string{"vite", "webpack", "@rollup/plugin-node-resolve"} {
		if err := os.Symlink(absolute(t, modules, name), filepath.Join(p.dir, "node_modules", name)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	name = filepath.Join(p.dir, name)
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// command is the arguments for a shell, of a script of the bundlers or, with a dot, of the project.
func (p *project) command(build []string) []string {
	script := build[0]
	if !strings.HasPrefix(script, ".") {
		script = absolute(p.t, modules, script)
	}
	if filepath.Base(script) == "esbuild" {
		return append([]string{script}, build[1:]...) // it is no script
	}
	return append([]string{"node", script}, build[1:]...)
}

func (p *project) run(build []string) {
	p.t.Helper()
	if build == nil {
		return
	}
	command := p.command(build)
	runIn(p.t, p.dir, command[0], command[1:]...)
}

// serve serves a folder of the project, and returns the origin.
func (p *project) serve(folder string) string {
	web := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(p.dir, folder))))
	p.t.Cleanup(web.Close)
	return web.URL
}

// serveDev starts the server of a bundler, and returns the origin.
func (p *project) serveDev(build []string) string {
	p.t.Helper()
	port := freePort(p.t)
	command := append(p.command(build), p.dir, "--host", "127.0.0.1", "--strictPort", "--port", itoa(port))
	start(p.t, command[0], command[1:]...)
	awaitListener(p.t, port)
	return fmt.Sprintf("http://127.0.0.1:%d", port)
}
