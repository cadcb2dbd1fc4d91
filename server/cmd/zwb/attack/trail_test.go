package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// TestTrailOfAnIntruder: what somebody has tried is in the audit, with who it was, in which session, and from where.
func TestTrailOfAnIntruder(t *testing.T) {
	t.Parallel()
	b := start(t, "audit: audit.json\nusers:\n  - jwt: {secret_file: jwt.secret}\nendpoints:\n"+
		"  vault: {type: [REQ, PULL], address: 'tcp://127.0.0.1:1', allow: \"user == 'root'\"}\n  feed: {type: SUB, address: 'tcp://127.0.0.1:1', topics: [\"user.{user}.\"]}\n"+
		"  calc: {type: REQ, address: 'tcp://127.0.0.1:1', functions: [add]}\n  room: {type: PUB, address: 'tcp://127.0.0.1:1', publish: [\"{user}.\"]}\n", secretFile)
	door := b.door()
	door.Origin = "https://evil.example"
	door.Knock()
	b.door().Enter(credentials("a-guess"))
	v, _, err := b.door().Enter(core.Frame{Params: credentials(signed("mallory", nil)).Params, Flags: uint64(core.CanRenew)})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, port, _ := strings.Cut(v.LocalAddr().String(), ":")
	v.Open(1, core.REQ, 0, "vault")
	v.Open(2, core.PULL, core.FlagBind, "tcp://127.0.0.1:22")
	v.Open(3, core.SUB, 0, "feed")
	v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 3, ID: 1, Name: []byte("user.alice.")}, core.Frame{Kind: core.KindSubscribe, Socket: 3, ID: 2, Name: []byte("user.mallory.")})
	v.Open(4, core.REQ, 0, "calc")
	v.Say(core.Frame{Kind: core.KindRequest, Socket: 4, ID: 1, Parts: core.Message{[]byte(`{"funcname":"delete","args":[]}`)}})
	v.Hear(core.KindFailed)
	v.Say(core.Frame{Kind: core.KindCredentials, Params: credentials("another-guess").Params})
	for name, want := range map[string]access.Decision{
		"a page of another site": {What: access.Connect, Code: "denied"},
		"a token that is wrong":  {What: access.Connect, Code: "unauthenticated"},
		"comes in":               {What: access.Connect, Allowed: true, User: "mallory"},
		"the vault":              {What: access.Open, Code: "denied", User: "mallory", Endpoint: "vault", Type: "REQ"},
		"an address":             {What: access.Open, Code: "denied", User: "mallory", Endpoint: "tcp://127.0.0.1:22", Type: "PULL", Bind: true},
		"topics of others":       {What: access.Subscribe, Code: "denied", User: "mallory", Endpoint: "feed", Type: "SUB", Prefix: "user.alice."},
		"topics of his own":      {What: access.Subscribe, Allowed: true, User: "mallory", Endpoint: "feed", Type: "SUB", Prefix: "user.mallory."},
		"a function":             {What: access.Call, Code: "denied", User: "mallory", Endpoint: "calc", Type: "REQ"},
		"another token":          {What: access.Renew, Code: "unauthenticated", User: "mallory"},
	} {
		until(t, name, func() bool { return b.finds(want, port) })
	}
	innocent := b.enter(signed("alice", nil))
	if !opens(innocent, core.REQ, "calc") {
		t.Error("alice may not what she may: ", innocent.End())
	}
	until(t, "alice comes in", func() bool { return b.finds(access.Decision{What: access.Connect, Allowed: true, User: "alice"}, "") })
	if b.metric("zwb_audit_dropped_total") > 0 {
		t.Error("some of it is missing")
	}
}

// finds looks for a decision in the audit, and whether whose session it is and where they come from is written there, too.
func (b *bridge) finds(want access.Decision, port string) bool {
	b.t.Helper()
	for line := range strings.Lines(b.read("audit.json")) {
		var d access.Decision
		if json.Unmarshal([]byte(line), &d) != nil {
			continue // half of it is written
		}
		got := access.Decision{What: d.What, Allowed: d.Allowed, Code: d.Code, User: d.User[strings.LastIndexAny(d.User, ":/ ")+1:], Endpoint: d.Endpoint, Type: d.Type, Bind: d.Bind, Prefix: d.Prefix}
		if got != want {
			continue
		}
		if (d.Reason == "") != d.Allowed || d.Time.IsZero() || !strings.HasPrefix(d.Remote, "127.0.0.1:") || want.User != "" && d.Session == "" ||
			want.User == "mallory" && d.Remote != fmt.Sprint("127.0.0.1:", port) {
			b.t.Errorf("%s", line)
		}
		return true
	}
	return false
}
