//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// revoking is a bridge with users, and who runs it.
type revoking struct {
	t          *testing.T
	url, admin string
	file       string
}

const revokingToken = "a token for this test"

// revokingBridge has the users ann and bob, each with a token of the same name, and bob with a second one.
func revokingBridge(t *testing.T) *revoking {
	t.Helper()
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { echo.Close() })
	dir := t.TempDir()
	r := &revoking{t: t, file: filepath.Join(dir, "zwb.yaml")}
	listen := unused.Address(t)
	r.admin = "http://" + listen + "/api/"
	for name, text := range map[string]string{
		"admin.token": revokingToken,
		"tokens.yaml": hashed("token-of-ann") + ": {user: ann}\n" + hashed("token-of-bob") + ": {user: bob}\n" + hashed("bobs-other-token") + ": {user: bob}\n",
		"zwb.yaml": fmt.Sprintf("admin: {listen: %q, token_file: admin.token, revoked: revoked.json}\nusers:\n  - tokens: {file: tokens.yaml}\n"+
			"endpoints:\n  echo: {type: REQ, address: %q}\n", listen, echo.Endpoint()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.url = startServe(t, "--config", r.file)
	return r
}

// post asks the admin listener, which does it.
func (r *revoking) post(path, body string) (answer struct{ Ended int }) {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.admin+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+revokingToken)
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %s, %v", path, got.Status, text, err)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		r.t.Fatalf("%s: %s, %v", path, text, err)
	}
	return answer
}

// visitor is a client that has made a request.
type visitor struct{ req *zmq.Socket }

// enter lets a client in, or says why not.
func (r *revoking) enter(token string) (*visitor, error) {
	r.t.Helper()
	c, err := zmq.Dial(r.t.Context(), r.url, zmq.Options{Credentials: map[string]string{"token": token}})
	if err != nil {
		return nil, err
	}
	r.t.Cleanup(c.Close)
	v := &visitor{c.Socket(zmq.REQ)}
	if err := v.req.Connect("echo", nil); err != nil {
		return nil, err
	}
	return v, v.ask(r.t)
}

func (v *visitor) ask(t *testing.T) error {
	t.Helper()
	_, err := v.req.Request(t.Context(), []byte("hello"))
	return err
}

func (r *revoking) mustEnter(token string) *visitor {
	r.t.Helper()
	v, err := r.enter(token)
	if err != nil {
		r.t.Fatalf("%s: %v", token, err)
	}
	return v
}

// told waits until a client cannot go on, and compares why.
func (v *visitor) told(t *testing.T, why string) {
	t.Helper()
	var err error
	wait.For(t, "it to be told, not to go on as if nothing had happened", func() bool {
		err = v.ask(t)
		return err != nil
	})
	if core.CodeOf(err) != core.Unauthenticated || !strings.Contains(err.Error(), why) {
		t.Errorf("is told %v, not %q", err, why)
	}
}

// TestRevoke: who is revoked is told so and goes, and does not come back until that is lifted, whether the bridge reloads or
// is started anew. All others notice nothing.
func TestRevoke(t *testing.T) {
	r := revokingBridge(t)
	ann, bob := r.mustEnter("token-of-ann"), r.mustEnter("token-of-bob")
	if got := r.post("revocations", `{"user": "bob", "for": "1h", "reason": "has left the company"}`); got.Ended != 1 {
		t.Errorf("%d sessions ended", got.Ended)
	}
	bob.told(t, "has left the company")
	r.post("reload", "")
	for _, token := range []string{"token-of-bob", "bobs-other-token"} {
		if _, err := r.enter(token); core.CodeOf(err) != core.Unauthenticated || !strings.Contains(err.Error(), "has left the company") {
			t.Errorf("%s: %v", token, err)
		}
	}
	again := &revoking{t: t, url: startServe(t, "--config", r.file, "--admin", unused.Address(t))}
	if _, err := again.enter("token-of-bob"); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("another bridge with the same file: %v", err)
	}
	r.post("revocations/lift", `{"user": "bob"}`)
	bob = r.mustEnter("token-of-bob")
	other := r.mustEnter("bobs-other-token")
	if got := r.post("revocations", fmt.Sprintf(`{"token": %q, "until": "2100-01-01T00:00:00Z"}`, hashed("token-of-bob"))); got.Ended != 1 {
		t.Errorf("%d sessions ended", got.Ended)
	}
	bob.told(t, "revoked until 2100-01-01")
	for name, v := range map[string]*visitor{"ann": ann, "bob with another token": other} {
		if err := v.ask(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUsersWhoAreGone: a reload ends those whom the files know no more, and nobody else.
func TestUsersWhoAreGone(t *testing.T) {
	r := revokingBridge(t)
	ann, bob := r.mustEnter("token-of-ann"), r.mustEnter("token-of-bob")
	tokens := filepath.Join(filepath.Dir(r.file), "tokens.yaml")
	if err := os.WriteFile(tokens, []byte(hashed("token-of-ann")+": {user: ann, claims: {desk: fx}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := r.post("reload", ""); got.Ended != 1 {
		t.Errorf("%d sessions ended", got.Ended)
	}
	bob.told(t, "the token is not known here")
	if err := ann.ask(t); err != nil {
		t.Errorf("ann: %v", err)
	}
}
