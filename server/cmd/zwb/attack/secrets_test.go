package attack

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// What is planted, beside adminToken and secret. Each is in one place where a secret may be.
const (
	plantedPassword = "planted-password-0002"
	plantedToken    = "planted-token-of-nobody-0003"
	plantedCookie   = "planted-cookie-0004"
	plantedMessage  = "planted-message-0005"
	plantedReply    = "planted-reply-0006"
	plantedParam    = "planted-param-0007"
	plantedQuery    = "planted-query-0008"
	plantedHeader   = "planted-header-0009"
	plantedSecond   = "planted-second-part-0010"
	plantedPlain    = "planted-plain-password-0011"
	plantedResume   = "planted-resume-token-0012"
)

// TestSecrets: whatever happens, and however much is logged, no secret and no content of a message is in any log, in the audit, in
// metrics, or in what the admin listener tells.
func TestSecrets(t *testing.T) {
	t.Parallel()
	echo := answering(t, func(in *gateway.Incoming) { in.Reply(core.Message{[]byte(plantedReply)}) })
	for _, format := range []string{"text", "json"} {
		files := map[string]string{"jwt.secret": secret, "users.htpasswd": aliceLine, "tokens.yaml": "",
			"keys.json": fmt.Sprintf(`{"tcp://127.0.0.1:9": {"plain": {"username": "bridge", "password": %q}}}`, plantedPlain)}
		b := start(t, fmt.Sprintf(`audit: audit.json
log: {level: debug, format: %s}
zmq: {security: keys.json}
users:
  - jwt: {secret_file: jwt.secret, cookie: session}
  - basic: {htpasswd: users.htpasswd}
  - tokens: {file: tokens.yaml}
endpoints:
  echo: {type: [REQ, PUSH, SUB], address: %q}
  calls: {type: REQ, address: %[2]q, functions: [add], message: {json: true}}
`, format, echo), files)
		token := signed("alice", nil)
		signature := token[strings.LastIndex(token, ".")+1:]
		resume := useSecrets(t, b, token)
		planted := []string{adminToken, secret, token, signature, resume, aliceHash, plantedPassword, plantedToken, plantedCookie, plantedMessage, plantedReply, plantedParam,
			plantedQuery, plantedHeader, plantedSecond, plantedPlain, plantedResume}
		for name, text := range b.allThatIsTold() {
			for _, p := range planted {
				for _, written := range []string{p, base64.StdEncoding.EncodeToString([]byte(p)), fmt.Sprintf("%x", p)} {
					if strings.Contains(text, written) {
						t.Errorf("%s, %s: %q is in there", format, name, p)
					}
				}
			}
			if text == "" {
				t.Errorf("%s is empty, so nothing was found in it", name)
			}
		}
	}
}

// allThatIsTold is everything that the bridge writes and answers, by where.
func (b *bridge) allThatIsTold() map[string]string {
	b.t.Helper()
	until(b.t, "the audit", func() bool { return strings.Contains(b.read("audit.json"), `"allowed":false`) })
	told := map[string]string{"the log": b.said.String(), "the audit": b.read("audit.json")}
	for _, path := range []string{"/metrics", "/readyz", "/livez", "/", "/api/stats", "/api/sessions", "/api/endpoints", "/api/decisions"} {
		resp, text := ask(b.t, "GET", b.admin+path, withAdminToken)
		if resp.StatusCode == 200 {
			told[path] = text + fmt.Sprint(resp.Header)
		} else {
			b.t.Errorf("%s: %s", path, resp.Status)
		}
	}
	return told
}

// useSecrets has every secret used, rightly and wrongly, and returns the token of a session that is still there.
func useSecrets(t *testing.T, b *bridge, token string) (resume string) {
	t.Helper()
	try := func(headers []string, hello core.Frame) {
		door := b.door()
		door.Path, door.Headers = "/data?token="+plantedQuery, headers
		if v, _, err := door.Enter(hello); err == nil {
			v.Close()
		}
	}
	basic := func(password string) []string {
		return []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+password))}
	}
	try(basic(plantedPassword), core.Frame{})
	try(basic(plantedPassword+"x"), core.Frame{})
	try([]string{"Authorization: Bearer " + token}, core.Frame{})
	try([]string{"Authorization: Bearer " + token + "x"}, core.Frame{})
	try([]string{"Authorization: Bearer " + plantedToken}, core.Frame{})
	try([]string{"Cookie: session=" + token + "; other=" + plantedCookie}, core.Frame{})
	try([]string{"Cookie: session=" + plantedCookie}, core.Frame{})
	try([]string{"Authorization: " + plantedHeader, "X-Api-Key: " + plantedHeader}, core.Frame{})
	try(nil, core.Frame{Params: []byte(`{"user":"alice","password":"` + plantedPassword + `"}`)})
	try(nil, core.Frame{Params: []byte(`{"token":"` + plantedToken)}) // no JSON
	try(nil, core.Frame{Params: []byte(`"` + plantedToken + `"`)})
	hello := credentials(token)
	hello.Name = []byte(plantedResume)
	v, welcome, err := b.door().Enter(hello)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	sendSecrets(v.Say)
	v.Hear(core.KindReply)
	v.Frames(100 * time.Millisecond)

	bad := b.enter(token)
	sendSecrets(bad.Say)
	bad.Say(core.Frame{Kind: core.KindMessage, Socket: 77, Parts: core.Message{[]byte(plantedMessage)}}) // which ends it
	bad.AwaitEnd()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req := b.dial(zmq.Options{Token: token}).Socket(zmq.REQ)
	if err := req.Connect("calls", map[string]any{"key": plantedParam}); err != nil {
		t.Fatal(err)
	}
	if _, err := req.Request(ctx, []byte(`{"funcname":"`+plantedMessage+`","args":["`+plantedMessage+`"]}`)); err == nil {
		t.Error("a function that is not listed is called")
	}
	ask(t, "GET", b.admin+"/api/stats?token="+adminToken, nil)
	ask(t, "GET", b.admin+"/api/stats", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+adminToken+"x") })
	ask(t, "POST", b.admin+"/api/explain", withAdminToken)
	return string(welcome.Name)
}

// sendSecrets opens sockets and sends on them what is to be seen by nobody else.
func sendSecrets(say func(...core.Frame) bool) {
	params := []byte(`{"password":"` + plantedParam + `"}`)
	say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("echo"), Params: params},
		core.Frame{Kind: core.KindOpen, Socket: 2, ID: 1, Type: core.REQ, Text: []byte("nothing"), Params: params},
		core.Frame{Kind: core.KindOpen, Socket: 3, ID: 1, Type: core.REQ, Text: []byte("calls"), Params: params},
		core.Frame{Kind: core.KindOpen, Socket: 4, ID: 1, Type: core.PUSH, Text: []byte("echo"), Params: params},
		core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{[]byte(plantedMessage), []byte(plantedSecond)}},
		core.Frame{Kind: core.KindRequest, Socket: 2, ID: 2, Parts: core.Message{[]byte(plantedMessage), []byte(plantedSecond)}},
		core.Frame{Kind: core.KindRequest, Socket: 3, ID: 3, Parts: core.Message{[]byte(plantedMessage)}},
		core.Frame{Kind: core.KindRequest, Socket: 3, ID: 4, Parts: core.Message{[]byte(`{"funcname":"` + plantedMessage + `"}`)}})
}
