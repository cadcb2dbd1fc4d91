package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"github.com/coder/websocket"
)

// firefox is Debian's Firefox, which is told what to do by WebDriver BiDi.
type firefox struct {
	t    *testing.T
	conn *websocket.Conn
	last int    // the number of the last command
	tab  string // the one tab
}

func startFirefox(t *testing.T) *firefox {
	t.Helper()
	if _, err := exec.LookPath("firefox-esr"); err != nil {
		t.Fatal("this needs Debian's Firefox: apt-get install firefox-esr")
	}
	port := freePort(t)
	start(t, "firefox-esr", "--headless", "--profile", t.TempDir(), "--remote-debugging-port", itoa(port))
	awaitListener(t, port)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://127.0.0.1:%d/session", port), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	f := &firefox{t: t, conn: conn}
	f.command("session.new", `{"capabilities": {}}`, nil)
	var tree struct{ Contexts []struct{ Context string } }
	f.command("browsingContext.getTree", `{}`, &tree)
	f.tab = tree.Contexts[0].Context
	return f
}

// command sends a command, and waits for its result.
func (f *firefox) command(method, params string, result any) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	f.last++
	sent := fmt.Sprintf(`{"id": %d, "method": %q, "params": %s}`, f.last, method, params)
	if err := f.conn.Write(ctx, websocket.MessageText, []byte(sent)); err != nil {
		f.t.Fatal(method, err)
	}
	var answer struct {
		ID            int
		Type, Message string
		Result        json.RawMessage
	}
	for answer.ID != f.last { // events have none
		_, text, err := f.conn.Read(ctx)
		if err == nil {
			err = json.Unmarshal(text, &answer)
		}
		if err != nil {
			f.t.Fatal(method, err)
		}
	}
	if answer.Type != "success" {
		f.t.Fatalf("%s: %s", method, answer.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			f.t.Fatal(method, err)
		}
	}
}

func (f *firefox) open(url string) {
	f.t.Helper()
	f.command("browsingContext.navigate", fmt.Sprintf(`{"context": %q, "url": %q, "wait": "complete"}`, f.tab, url), nil)
}

// eval runs the body of an async function in the page, and returns the text that it returns.
func (f *firefox) eval(body string) string {
	f.t.Helper()
	expression, err := json.Marshal("(async () => {" + body + "})()")
	if err != nil {
		f.t.Fatal(err)
	}
	var got struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	f.command("script.evaluate", fmt.Sprintf(`{"expression": %s, "target": {"context": %q}, "awaitPromise": true}`, expression, f.tab), &got)
	if got.ExceptionDetails.Text != "" {
		f.t.Fatal(got.ExceptionDetails.Text)
	}
	return got.Result.Value
}

// TestFirefox loads the client, asks a backend, subscribes, and goes on after a cut as if there had been none.
func TestFirefox(t *testing.T) {
	rep, pub := startPeer(t, "rep", 0), startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address(), "--allow", "SUB "+pub.address())
	w := newWire(t, b.address())
	f := startFirefox(t)
	f.open(b.site + "/?bridge=" + b.url)
	if got := f.eval(`
		window.happened = [];
		window.ctx = new zmq.Context(` + quoteJS(w.data()) + `);
		window.resumed = new Promise((resolve) => ctx.on('resumed', resolve));
		for (const event of ['reset', 'gap']) ctx.on(event, () => happened.push(event));
		window.req = ctx.Socket(zmq.REQ);
		await req.connect(` + quoteJS(rep.address()) + `);
		return String((await req.request('hello'))[0]);`); got != "hello" {
		t.Errorf("the answer is %q", got)
	}
	f.eval(`
		window.sub = ctx.Socket(zmq.SUB);
		for (const event of ['down', 'gap']) sub.on(event, () => happened.push('sub ' + event));
		await sub.connect(` + quoteJS(pub.address()) + `); await sub.subscribe('t'); await sub.ready();
		window.next = async () => String((await sub.receive())[1]);`)
	pub.tell([]string{"t", "before"})
	if got := f.eval(`return next()`); got != "before" {
		t.Errorf("published: %q", got)
	}
	w.cut()
	pub.tell([]string{"t", "after"})
	if got := f.eval(`await resumed; return [await next(), String((await req.request('again'))[0]), ...happened].join()`); got != "after,again" {
		t.Errorf("after the cut: %q", got)
	}
}
