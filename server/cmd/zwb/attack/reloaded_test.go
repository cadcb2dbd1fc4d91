package attack

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// reload has the bridge take another file, and returns what is said of that.
func (b *bridge) reload(text string) string {
	b.t.Helper()
	b.put("zwb.yaml", fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: %q, token_file: admin.token}\n", strings.TrimPrefix(b.admin, "http://"))+text)
	return run(b.t, "reload", "--config", filepath.Join(b.dir, "zwb.yaml"))
}

// post has the admin listener do something.
func (b *bridge) post(path, body string) (status int, text string) {
	b.t.Helper()
	resp, text := ask(b.t, "POST", b.admin+path, func(r *http.Request) {
		withAdminToken(r)
		r.Body = io.NopCloser(strings.NewReader(body))
	})
	return resp.StatusCode, text
}

// tokenFile is one with these users, whose tokens are called after them.
func tokenFile(users ...string) (text string) {
	for _, user := range users {
		text += hashed("the-token-of-"+user) + ": {user: " + user + "}\n"
	}
	return text
}

func hashed(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// withPassword is for a Door.
func withPassword(user, password string) []string {
	return []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
}

// TestUsersWhoAreTakenOut of the files are out, in whatever way they came in, and so are those who were cut off and want to go on, and those
// who come in while the files are read. Who is still in them notices nothing.
func TestUsersWhoAreTakenOut(t *testing.T) {
	t.Parallel()
	const text = "users:\n  - jwt: {secret_file: jwt.secret}\n  - basic: {htpasswd: users.htpasswd}\n  - tokens: {file: tokens.yaml}\n"
	b := start(t, text, map[string]string{"jwt.secret": secret, "users.htpasswd": aliceLine, "tokens.yaml": tokenFile("ann", "bob", "cut")})
	enter := func(headers []string, hello core.Frame) (*intruder.Intruder, *core.Frame) {
		door := b.door()
		door.Headers = headers
		v, welcome, err := door.Enter(hello)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.Close() })
		return v, welcome
	}
	ann, out := b.enter("the-token-of-ann"), map[string]*intruder.Intruder{}
	out["with a token"], _ = enter(nil, credentials("the-token-of-bob"))
	out["with a password"], _ = enter(withPassword("alice", plantedPassword), core.Frame{})
	out["with a JWT"], _ = enter(nil, credentials(signed("carol", nil)))
	cut, welcome := enter(nil, credentials("the-token-of-cut"))
	cut.Close()
	until(t, "she is cut off", func() bool { return b.metric("zwb_sessions_waiting") == 1 })

	b.put("tokens.yaml", tokenFile("ann"))
	b.put("users.htpasswd", strings.Replace(aliceLine, "saltsalt", "saltSALT", 1))
	b.put("jwt.secret", strings.Repeat("another", 10))
	var all sync.WaitGroup
	reloaded := make(chan struct{})
	for range 4 {
		all.Go(func() { // who comes in meanwhile
			for {
				if v, _, err := b.door().Enter(credentials("the-token-of-bob")); err == nil {
					t.Cleanup(func() { v.Close() })
				}
				select {
				case <-reloaded:
					return
				default:
				}
			}
		})
	}
	b.reload(text)
	close(reloaded)
	all.Wait()
	for name, v := range out {
		if end := v.AwaitEnd(); end == nil || end.Close != core.CloseExpired && end.Close != core.CloseUnauthorized {
			t.Errorf("%s: %v", name, end)
		}
	}
	again := credentials("the-token-of-cut")
	again.Name = welcome.Name
	if _, _, err := b.door().Enter(again); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("she goes on with her session: %v", err)
	}
	until(t, "only ann is there", func() bool {
		_, text := ask(t, "GET", b.admin+"/api/sessions", withAdminToken)
		return strings.Count(text, `"user":`) == 1 && strings.Contains(text, "ann")
	})
	if ann.Say(core.Frame{Kind: core.KindPing, ID: 1}); ann.Hear(core.KindPong) == nil {
		t.Error("ann is out, too: ", ann.End())
	}
	if b.metric("zwb_sessions_dismissed_total") < 4 {
		t.Errorf("%v sessions were ended", b.metric("zwb_sessions_dismissed_total"))
	}
}

// TestStolenToken: once it is revoked, none of the thieves is there any more, and none comes in, by whatever way a token is shown, nor after a
// reload. The user has another token, and goes on.
func TestStolenToken(t *testing.T) {
	t.Parallel()
	const text = "users:\n  - tokens: {file: tokens.yaml}\nendpoints:\n  calc: {type: REQ, address: 'tcp://127.0.0.1:1'}\n"
	b := start(t, text, map[string]string{"tokens.yaml": tokenFile("ann", "bob") + hashed("another-token-of-bob") + ": {user: bob}\n"})
	ann, bob := b.enter("the-token-of-ann"), b.enter("another-token-of-bob")
	var thieves []*intruder.Intruder
	for range 5 {
		thieves = append(thieves, b.enter("the-token-of-bob"))
	}
	resumes, welcome, err := b.door().Enter(credentials("the-token-of-bob"))
	if err != nil {
		t.Fatal(err)
	}
	resumes.Close()
	var late []*intruder.Intruder
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(stopped)
		for {
			if v, _, err := b.door().Enter(credentials("the-token-of-bob")); err == nil {
				late = append(late, v)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	if status, said := b.post("/api/revocations", fmt.Sprintf(`{"token": %q, "for": "1h", "reason": "it was stolen"}`, hashed("the-token-of-bob"))); status != http.StatusOK {
		t.Fatal(status, said)
	}
	for _, v := range thieves {
		if end := v.AwaitEnd(); end == nil || !strings.Contains(end.Reason, "it was stolen") {
			t.Errorf("a thief is told %v", end)
		}
		v.Close() // the bridge waits for that
	}
	close(stop)
	<-stopped
	for _, v := range late {
		v.AwaitEnd()
		v.Close()
	}
	b.reload(text)
	hello := credentials("the-token-of-bob")
	for name, try := range map[string]func() error{
		"with Hello": func() error { _, _, err := b.door().Enter(hello); return err },
		"with a header": func() error {
			d := b.door()
			d.Headers = []string{"Authorization: Bearer the-token-of-bob"}
			_, _, err := d.Enter(core.Frame{})
			return err
		},
		"to resume": func() error {
			again := hello
			again.Name = welcome.Name
			_, _, err := b.door().Enter(again)
			return err
		},
		"over HTTP": func() error {
			resp, text := ask(t, "POST", "http://"+b.address+"/req/calc", func(r *http.Request) { r.Header.Set("Authorization", "Bearer the-token-of-bob") })
			if resp.StatusCode == http.StatusUnauthorized && strings.Contains(text, "it was stolen") {
				return core.NewError(core.Unauthenticated, text)
			}
			return fmt.Errorf("%s: %s", resp.Status, text)
		},
	} {
		if err := try(); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, v := range map[string]*intruder.Intruder{"ann": ann, "bob": bob} {
		if v.Say(core.Frame{Kind: core.KindPing, ID: 1}); v.Hear(core.KindPong) == nil {
			t.Errorf("%s is disconnected: %v", name, v.End())
		}
	}
	until(t, "only those two are there", func() bool { return b.metric("zwb_connections") == 2 && b.metric("zwb_sessions_waiting") == 0 })
}
