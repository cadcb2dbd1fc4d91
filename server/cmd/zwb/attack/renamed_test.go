package attack

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestRenamedHeader: a client says in a header that nobody looks at who it would like to be, and comes through the proxy, which removes the
// header that counts and no other. Then a reload has that header count. The client is not believed: it has to come again, when the proxy
// knows of it.
func TestRenamedHeader(t *testing.T) {
	t.Parallel()
	text := func(header string) string {
		return "proxies: [127.0.0.1/32]\nusers:\n  - jwt: {secret_file: jwt.secret}\n  - header: {user: " + header + ", groups: X-Groups}\n" +
			"endpoints:\n  admins: {type: REQ, address: 'tcp://127.0.0.1:1', allow: \"user == 'root'\"}\n"
	}
	b := start(t, text("X-Forwarded-User"), secretFile)
	innocent := b.enter(signed("alice", nil))
	door := b.door()
	door.Headers = []string{"X-Forwarded-User: mallory", "X-Remote-User: root"}
	mallory, _, err := door.Enter(core.Frame{})
	if err != nil {
		t.Fatal(err)
	}
	defer mallory.Close()
	if opens(mallory, core.REQ, "admins") {
		t.Fatal("he is root already")
	}
	b.reload(text("X-Remote-User"))
	for socket := uint32(2); socket < 100; socket++ {
		mallory.Open(socket, core.REQ, 0, "admins")
	}
	for _, f := range mallory.Frames(patience) { // until the end
		if f.Kind == core.KindOpened || f.Kind == core.KindState {
			t.Errorf("he is root by now: %+v", f)
		}
	}
	if end := mallory.End(); end == nil || end.Close != core.CloseGoingAway {
		t.Errorf("his session ends with %v", end)
	}
	if b.metric("zwb_sessions_dismissed_total") != 1 {
		t.Errorf("%v sessions were ended", b.metric("zwb_sessions_dismissed_total"))
	}
	if innocent.Say(core.Frame{Kind: core.KindPing, ID: 1}); innocent.Hear(core.KindPong) == nil {
		t.Error("alice is disconnected: ", innocent.End())
	}
}
