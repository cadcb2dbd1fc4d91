//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// reloadable serves a file, with an admin listener.
func reloadable(t *testing.T, log io.Writer, text string) (r *reloading, url string) {
	t.Helper()
	r = &reloading{t: t, file: filepath.Join(t.TempDir(), "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	r.write(text)
	token := filepath.Join(t.TempDir(), "admin.token")
	if err := os.WriteFile(token, []byte(revokingToken), 0o600); err != nil {
		t.Fatal(err)
	}
	return r, startServeTo(t, log, "--config", r.file, "--admin", strings.Trim(r.admin, "htp:/"), "--admin-token-file", token)
}

// api asks for something that is not for everybody.
func (r *reloading) api(path string) string {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.admin+"api/"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+revokingToken)
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %s, %v", path, resp.Status, text, err)
	}
	return string(text)
}

// becomes waits until something is so.
func becomes(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(reloadPatience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s is not so", what)
		}
	}
}

// reloadWith has it go by another file, for all of which no restart is needed.
func (r *reloading) reloadWith(text string) {
	r.t.Helper()
	r.write(text)
	r.reload("taken")
	if note := r.get("readyz"); strings.Contains(note, "restart") {
		r.t.Errorf("it is ready, and says %s", note)
	}
}

// welcome is what a new client is told.
func welcome(t *testing.T, url string) core.Frame {
	t.Helper()
	return welcomeBack(t, url, core.Frame{})
}

// welcomeBack is what a client is told that says so in Hello.
func welcomeBack(t *testing.T, url string, hello core.Frame) (w core.Frame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), reloadPatience)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Drop()
	hello.Kind, hello.Version, hello.Limit = core.KindHello, core.Version, 1<<24
	if err := conn.Write(ctx, core.AppendFrame(nil, &hello)); err != nil {
		t.Fatal(err)
	}
	batch, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.ParseFrame(batch, &w); err != nil || w.Kind != core.KindWelcome {
		t.Fatalf("%v, %v", w.Kind, err)
	}
	return w
}

// TestReloadOfMessages: another size is for clients that come from then on, and for requests over HTTP. Who is there keeps what he was
// told.
func TestReloadOfMessages(t *testing.T) {
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	endpoints := "endpoints:\n  echo: {type: REQ, address: '" + echo.Endpoint() + "'}\n"
	r, url := reloadable(t, io.Discard, endpoints+"limits: {message: 2MiB}\n")
	ask := func(bridge *zmq.Context, size int) error {
		ctx, cancel := context.WithTimeout(t.Context(), reloadPatience)
		defer cancel()
		req := bridge.Socket(zmq.REQ)
		defer req.Close()
		if err := req.Connect("echo", nil); err != nil {
			return err
		}
		_, err := req.Request(ctx, make([]byte, size))
		return err
	}
	client := func() *zmq.Context {
		bridge, err := zmq.Dial(t.Context(), url, zmq.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { bridge.Close() })
		return bridge
	}
	post := func(size int) int {
		site := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "data")
		resp, err := http.Post(site+"req/echo", "application/octet-stream", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	const small, middle, large = 100 << 10, 1 << 20, 3 << 20
	first := client()
	if err := ask(first, middle); err != nil || post(large) != http.StatusRequestEntityTooLarge {
		t.Fatal("it does not go by the file with which it was started", err)
	}
	r.reloadWith(endpoints + "limits: {message: 4MiB}\n")
	second := client()
	if err := ask(second, large); err != nil || post(large) != http.StatusOK {
		t.Errorf("with the larger limit: %v", err)
	}
	r.reloadWith(endpoints + "limits: {message: 200KiB}\n")
	third := client()
	if err := ask(third, middle); core.CodeOf(err) != core.TooLarge || post(middle) != http.StatusRequestEntityTooLarge {
		t.Errorf("with the smaller limit: %v", err)
	}
	for name, bridge := range map[string]*zmq.Context{"first": first, "second": second, "third": third} {
		size := map[string]int{"first": middle, "second": large, "third": small}[name]
		if err := ask(bridge, size); err != nil {
			t.Errorf("what the %s client was promised: %v", name, err)
		}
	}
}

// TestReloadOfRetain: clients that come are told how long their session is kept, or that it is not.
func TestReloadOfRetain(t *testing.T) {
	r, url := reloadable(t, io.Discard, "zmq: {retain: 30s}\n")
	for _, step := range []struct {
		text   string
		millis uint64
	}{{"", 30_000}, {"zmq: {retain: 10s}\n", 10_000}, {"zmq: {retain: 0s}\n", 0}, {"zmq: {retain: 20s}\n", 20_000}} {
		if step.text != "" {
			r.reloadWith(step.text)
		}
		if w := welcome(t, url); w.Retain != step.millis || (len(w.Name) > 0) != (step.millis > 0) {
			t.Errorf("%q: retain %d ms, a token of %d bytes", step.text, w.Retain, len(w.Name))
		}
	}
}

// TestReloadOfTheLog: the next line is of the new format.
func TestReloadOfTheLog(t *testing.T) {
	log := new(safeBuffer)
	r, _ := reloadable(t, log, "log: {format: text}\n")
	for _, isJSON := range []bool{false, true, false} {
		if isJSON {
			r.reloadWith("log: {format: json}\n")
		} else {
			r.reloadWith("log: {format: text}\n")
		}
		r.write("nonsense: 1\n")
		r.reload("refused")
		becomes(t, "a line in the log", func() bool {
			return strings.Contains(log.lastLine(), "not reloaded") == (json.Valid([]byte(log.lastLine())) == isJSON)
		})
	}
}

// TestReloadOfTheAudit: decisions go where the file says, and to nowhere when it says nothing; a file that cannot be opened changes nothing.
func TestReloadOfTheAudit(t *testing.T) {
	r, url := reloadable(t, io.Discard, "log: {level: info}\n")
	folder := filepath.Dir(r.file)
	lines := func(name string) int {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(text, []byte(`"what":"connect"`))
	}
	r.reloadWith("audit: one.json\n")
	welcome(t, url)
	becomes(t, "a line in the first file", func() bool { return lines("one.json") == 1 })
	r.reloadWith("audit: two.json\n")
	welcome(t, url)
	becomes(t, "a line in the second file", func() bool { return lines("two.json") == 1 })
	r.write("audit: nowhere/three.json\n")
	r.reload("refused")
	if note := r.get("readyz"); !strings.Contains(note, "zwb.yaml:1:8: ") {
		t.Errorf("it is ready, and says %s", note)
	}
	welcome(t, url)
	becomes(t, "another line in the second file", func() bool { return lines("two.json") == 2 })
	r.reloadWith("log: {level: info}\n")
	welcome(t, url)
	if lines("one.json") != 1 || lines("two.json") != 2 {
		t.Errorf("%d and %d lines", lines("one.json"), lines("two.json"))
	}
}

// TestReloadOfWatch: from the reload on files are watched, or are not.
func TestReloadOfWatch(t *testing.T) {
	r, _ := reloadable(t, io.Discard, "log: {level: info}\n")
	r.reloadWith("watch: true\n")
	before := r.reloads("taken")
	r.write("watch: true\nlog: {level: info}\n")
	r.await("taken", before)
	before = r.reloads("taken")
	r.write("log: {level: info}\n") // the last one that is noticed
	r.await("taken", before)
	r.write("nonsense: 1\n")
	r.reload("refused") // at a signal, once
	r.reloadWith("watch: true\n")
	before = r.reloads("refused")
	r.write("nonsense: 2\n")
	r.await("refused", before)
}

// TestReloadOfWhetherThereAreUsers: where nobody was asked who he is, everybody comes back and says so, and the other way round.
func TestReloadOfWhetherThereAreUsers(t *testing.T) {
	const token = "a-token-of-bob"
	r, url := reloadable(t, io.Discard, "log: {level: info}\n")
	tokens := filepath.Join(filepath.Dir(r.file), "tokens.yaml")
	if err := os.WriteFile(tokens, []byte(hashed(token)+": {user: bob}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bob, err := zmq.Dial(t.Context(), url, zmq.Options{Credentials: map[string]string{"token": token}})
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	stranger, err := dialAs(t, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	who := func() string { return r.api("sessions") }

	r.reloadWith("users:\n  - tokens: {file: tokens.yaml}\n")
	if _, err := stranger.Read(t.Context()); closedWith(err) != core.CloseGoingAway {
		t.Errorf("who has said nothing is to come back: %v", err)
	}
	becomes(t, "bob is known", func() bool { return strings.Contains(who(), "tokens bob") })
	if err := knock(t, url, nil); closedWith(err) != core.CloseUnauthorized {
		t.Errorf("without a token: %v", err)
	}
	r.reloadWith("log: {level: info}\n")
	becomes(t, "bob is nobody in particular", func() bool { return !strings.Contains(who(), "tokens bob") && strings.Contains(who(), `"agent"`) })
	if err := knock(t, url, nil); err != nil {
		t.Errorf("where nobody is asked: %v", err)
	}
}

// TestWhoResumes: who is nobody in particular goes on with a session by its token, and does not go on with that of a user.
func TestWhoResumes(t *testing.T) {
	const token = "a-token-of-bob"
	folder := t.TempDir()
	file := filepath.Join(folder, "zwb.yaml")
	for name, text := range map[string]string{file: "users:\n  - tokens: {file: tokens.yaml}\n  - anonymous: {}\n", filepath.Join(folder, "tokens.yaml"): hashed(token) + ": {user: bob}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url := startServe(t, "--config", file)
	bob := core.Frame{Params: []byte(`{"token":"` + token + `"}`)}
	for name, test := range map[string]struct {
		first, then core.Frame
		resumes     bool
	}{
		"nobody in particular": {core.Frame{}, core.Frame{}, true},
		"a user":               {bob, bob, true},
		"nobody, of a user":    {bob, core.Frame{}, false},
		"a user, of nobody":    {core.Frame{}, bob, false},
	} {
		test.then.Name = welcomeBack(t, url, test.first).Name
		if w := welcomeBack(t, url, test.then); (w.Flags&core.FlagResumed != 0) != test.resumes {
			t.Errorf("%s: %+v", name, w)
		}
	}
}
