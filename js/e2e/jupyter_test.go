package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// These tests run examples/jupyter: its page, the Jupyter kernel that it starts, and the commands that it prints.

// inNotebook is JavaScript for the page of examples/jupyter: functions that wait, run code in a new cell, and read its output.
const inNotebook = `
	const all = (id, within = document) => [...within.querySelectorAll('[data-testid="' + id + '"]')];
	const until = async (f) => { for (;;) { const x = f(); if (x) return x; await new Promise((r) => setTimeout(r, 10)); } };
	const idle = () => until(() => all('status')[0]?.dataset.state === 'idle' && document.querySelector('#kernel').textContent);
	const begin = (code) => {
		const cell = all('cell').at(-1);
		const editor = all('code', cell)[0];
		editor.value = code;
		editor.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', shiftKey: true, cancelable: true}));
		return cell;
	};
	const finished = (cell) => until(() => !all('run', cell)[0].disabled && all('output', cell)[0]);
	const run = async (code) => finished(begin(code));
`

// jupyter is a running kernel, and its page served behind a bridge.
type jupyter struct {
	*process // kernel.py
	port     int
	key      string
	temp     string // the folder in which it may write
	page     string // the address of the page, which it prints
	allowed  []string
}

func startKernel(t *testing.T, port int, key string) *jupyter {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import ipykernel").CombinedOutput(); err != nil {
		t.Fatalf("this test needs Debian's python3-ipykernel: apt-get install python3-ipykernel\n%s", out)
	}
	j := &jupyter{port: port, key: key, temp: t.TempDir()}
	j.process = start(t, "/usr/bin/env", "TMPDIR="+j.temp, "HOME="+j.temp, python, "../../examples/jupyter/kernel.py", "--port", itoa(port), "--key", key)
	for _, rule := range regexp.MustCompile(`--allow '([^']+)'`).FindAllStringSubmatch(j.await("bin/zwb serve "), -1) {
		j.allowed = append(j.allowed, "--allow", rule[1])
	}
	j.page = j.await("http://127.0.0.1:8080")
	t.Cleanup(j.interrupt)
	return j
}

// again starts the kernel again, with the same ports and key.
func (j *jupyter) again(t *testing.T) *jupyter { return startKernel(t, j.port, j.key) }

// interrupt sends the signal of Ctrl-C, and waits until the kernel is gone.
func (j *jupyter) interrupt() {
	j.t.Helper()
	if j.cmd.ProcessState != nil {
		return
	}
	if err := j.cmd.Process.Signal(os.Interrupt); err != nil {
		j.t.Error(err)
	}
	j.ended()
}

// ended waits until kernel.py is gone. It ends after its kernel.
func (j *jupyter) ended() {
	j.t.Helper()
	late := time.After(patience)
	for {
		select {
		case _, more := <-j.lines:
			if !more {
				j.cmd.Wait()
				return
			}
		case <-late:
			j.t.Fatal("kernel.py does not end")
		}
	}
}

// startJupyter starts a kernel and a bridge, and serves the pages of the examples as their README says. It replaces the
// addresses of the kernel and the bridge by the real ones.
func startJupyter(t *testing.T) (j *jupyter, web *httptest.Server) {
	t.Helper()
	j = startKernel(t, freePorts(t, 5), "the key of a test")
	var b *bridge
	files := http.FileServer(http.Dir("../../examples"))
	web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/") {
			files.ServeHTTP(w, r)
			return
		}
		html, err := os.ReadFile("../../examples" + r.URL.Path + "index.html")
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, moved(string(html), b, 10001))
	}))
	t.Cleanup(web.Close)
	b = startBridge(t, append(j.allowed, "--origin", web.URL)...)
	return j, web
}

func openNotebook(t *testing.T) (*page, *jupyter, *httptest.Server) {
	t.Helper()
	j, web := startJupyter(t)
	return openTab(t, web.URL+j.page), j, web
}

func TestJupyterCells(t *testing.T) {
	t.Parallel()
	p, _, _ := openNotebook(t)
	if kernel := eval[string](p, inNotebook+`return await idle()`); !strings.Contains(kernel, "ipython") {
		t.Errorf("the page says %q of the kernel", kernel)
	}
	tests := []struct{ name, code, read, want string }{
		{"result", `1+1`, `out.querySelector('.result').textContent`, "2"},
		{"unicode", `print('grüße 👋 \x00', 'ß' * 3)`, `out.textContent`, "grüße 👋 \x00 ßßß\n"},
		{"stderr", `import sys; print('oops', file=sys.stderr)`, `out.querySelector('.stderr').textContent`, "oops\n"},
		{"exception", `{}['ärger']`, `out.querySelector('.error b').textContent`, "KeyError: 'ärger'"},
		{"traceback without colours", "def half(n):\n    return 1 / n\nhalf(0)", `[out.querySelector('.error pre').textContent].map((s) => s.includes('return 1 / n') && s.includes('half(0)') && !s.includes('\x1b'))[0]`, "true"},
		{"after an exception", `2+2`, `out.textContent`, "4"},
		{"progress bar", `print('1%\r50%', end=''); print('\rdone')`, `out.textContent`, "done\n"},
		{"html, no script", `from IPython.display import HTML; HTML('<b>bold</b><script>document.body.append("!")</script>')`,
			`await until(() => out.querySelector('iframe')?.contentDocument.querySelector('b')) && out.querySelector('iframe').contentDocument.body.innerText`, "bold"},
		{"png", `from IPython.display import Image; import base64; Image(base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='))`,
			`await until(() => out.querySelector('img').naturalWidth)`, "1"},
		{"updated in place", `h = display('before', display_id=True); h.update('after')`, `out.textContent`, "'after'"},
		{"cleared", "from IPython.display import clear_output\nprint('before'); clear_output(wait=True); print('after')", `out.textContent`, "after\n"},
		{"no stdin", `input()`, `out.querySelector('.error b').textContent.split(':')[0]`, "StdinNotImplementedError"},
		{"nothing", ``, `out.childNodes.length`, "0"},
		{"a megabyte", `'x' * 1_000_000`, `out.textContent.length`, "1000002"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &page{t: t, ctx: p.ctx}
			if got := eval[string](p, inNotebook+`const out = await run(`+quoteJS(test.code)+`); return String(`+test.read+`)`); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	p.nothingThrown()
}

// TestJupyterStreams runs a loop that goes on only when the page has shown the output of the step before.
func TestJupyterStreams(t *testing.T) {
	t.Parallel()
	p, _, _ := openNotebook(t)
	gate, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	gate.SetDeadline(time.Now().Add(patience))
	code := fmt.Sprintf(`import socket
gate = socket.create_connection(('127.0.0.1', %d))
for n in range(3):
    print('step', n)
    gate.recv(1)
`, gate.Addr().(*net.TCPAddr).Port)
	eval[any](p, inNotebook+`await idle(); all('code')[0].value = `+quoteJS(code)+`; all('code')[0].focus()`)
	shiftEnter := chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierShift))
	if err := chromedp.Do(p.ctx, shiftEnter); err != nil {
		t.Fatal(err)
	}
	loop, err := gate.Accept()
	if err != nil {
		t.Fatal("the cell does not run: ", err)
	}
	defer loop.Close()
	want := ""
	for n := range 3 {
		want += fmt.Sprintf("step %d\n", n)
		eval[any](p, inNotebook+`await until(() => all('output')[0].textContent === `+quoteJS(want)+`)`)
		if state := eval[string](p, inNotebook+`return all('status')[0].dataset.state + all('count')[0].textContent`); state != "busy[*]" {
			t.Errorf("in step %d the page shows %s", n, state)
		}
		if _, err := loop.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	if got := eval[string](p, inNotebook+`await finished(all('cell')[0]); await idle(); return all('count')[0].textContent`); got != "[1]" {
		t.Errorf("the cell has the number %s", got)
	}
	p.nothingThrown()
}

// TestJupyterQueue runs more cells while one is running. They have to run in order, and not after an error.
func TestJupyterQueue(t *testing.T) {
	t.Parallel()
	p, _, _ := openNotebook(t)
	got := eval[string](p, inNotebook+`await idle();
		const cells = ['a = 1', 'a += 1; print(a)', 'nonsense', 'print(a)'].map(begin);
		return JSON.stringify(await Promise.all(cells.map(async (cell) => (await finished(cell)).textContent.split(':')[0])))`)
	if got != `["","2\n","NameError","Not run, because of the error before."]` {
		t.Errorf("got %s", got)
	}
}

// TestJupyterSharedKernel has two pages with one kernel, and a third page that does not know the kernel's key.
func TestJupyterSharedKernel(t *testing.T) {
	t.Parallel()
	p, j, web := openNotebook(t)
	other := openTab(t, web.URL+j.page)
	stranger := openTab(t, web.URL+strings.Replace(j.page, "key=", "key=not+", 1))
	eval[any](p, inNotebook+`await idle(); await run('shared = 42')`)
	eval[any](stranger, inNotebook+`begin('shared = 0')`)
	if got := eval[string](other, inNotebook+`await idle(); return (await run('shared')).textContent`); got != "42" {
		t.Errorf("the other page sees %s", got)
	}
	if got := eval[string](p, inNotebook+`return all('output').map((e) => e.textContent).join('')`); got != "" {
		t.Errorf("the first page shows what the other one ran: %q", got)
	}
	eval[any](stranger, inNotebook+`await until(() => all('status')[0].dataset.state === 'greeting')`)
	eval[any](p, inNotebook+`await run('None')`) // the stranger receives these messages, but cannot verify their signature
	stranger.awaitLogs(func(logs []string) bool { return strings.Contains(strings.Join(logs, "\n"), "did not sign") })
	if got := eval[string](stranger, inNotebook+`return all('status')[0].dataset.state + all('output')[0].textContent`); got != "greeting" {
		t.Errorf("the page without the key shows %s", got)
	}
	if got := eval[string](p, inNotebook+`return (await run('shared')).textContent`); got != "42" {
		t.Errorf("the page without the key ran something: %s", got)
	}
}

// TestJupyterCtrlC ends the kernel in the middle of a cell, and checks that nothing of it is left.
func TestJupyterCtrlC(t *testing.T) {
	t.Parallel()
	p, j, _ := openNotebook(t)
	eval[any](p, inNotebook+`await idle(); const cell = begin("print('on'); import threading; threading.Event().wait()");
		await until(() => all('output', cell)[0].textContent === 'on\n')`)
	j.interrupt()
	eval[any](p, inNotebook+`await finished(all('cell')[0])`)
	left, err := os.ReadDir(j.temp)
	if err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
	if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", j.port)); err != nil {
		t.Error("the kernel is still there: ", err)
	} else {
		l.Close()
	}
}
