package attack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestForgedRules: somebody who reaches NATS says what no bridge says, as fast as he can. The bridge obeys none of it, shows nothing that acts on a terminal, goes on, and
// hears what bridges say.
func TestForgedRules(t *testing.T) {
	servers := natstest.Start(t, 1)
	b := start(t, "cluster: {nats: '"+servers.URLs()+"', name: x, lease: 2s}\n", nil)
	until(t, "the bridge to report", func() bool { return b.metric("zwb_cluster_bridges") == 1 })
	conn, js := reachNATS(t, servers.URLs())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	kv, err := js.KeyValue(ctx, "zwb_x_revoked")
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("ab", 16)
	user, err := json.Marshal(forgery)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		for subject, text := range map[string]string{
			"zwb.x.orders": fmt.Sprintf(`{"bridge": %q, "what": "disconnect", "args": {"user": %s, "session": "%d"}}`, id, user, i),
			"zwb.x.users":  strings.Repeat(string(rune(1+i%3)), 18+i%100),
		} {
			if err := conn.Publish(subject, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if i < 100 {
			if _, err := kv.Put(ctx, fmt.Sprint(i), []byte(fmt.Sprintf(`{"user": %s, "until": "2100-01-01T00:00:00Z", "since": "2020-01-01T00:00:00Z", "bridge": %q}`, user, id))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := conn.FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "it to do what a bridge asks for, and to say for whom", func() bool {
		if err := conn.Publish("zwb.x.orders", []byte(fmt.Sprintf(`{"bridge": %q, "what": "reload"}`, id))); err != nil {
			t.Fatal(err)
		}
		_, text := ask(t, "GET", b.admin+"/api/decisions", withAdminToken)
		return strings.Contains(text, id) && strings.Contains(text, "reloaded")
	})
	_, text := ask(t, "GET", b.admin+"/api/revocations", withAdminToken)
	if strings.Contains(text, "2100") {
		t.Errorf("it has taken %s", text)
	}
	for where, text := range toldOfCluster(t, b) {
		if strings.ContainsAny(text, "\x1b\u202e\u2028") {
			t.Errorf("%s shows %q", where, text)
		}
	}
}

// TestCutOffFromTheStart: somebody keeps a bridge from NATS, so that it does not hear who is revoked. It lets no users in, and says that it is not ready.
func TestCutOffFromTheStart(t *testing.T) {
	servers := natstest.Start(t, 1)
	servers.Kill(0)
	b := start(t, "cluster: {nats: '"+servers.URLs()+"', name: x, lease: 2s}\nusers:\n  - tokens: {file: tokens.yaml}\n", map[string]string{"tokens.yaml": fmt.Sprintf("%x: {user: ann}\n", sha256.Sum256([]byte("a-token-of-ann")))})
	_, err := zmq.Dial(t.Context(), "ws://"+b.address+"/data", zmq.Options{Credentials: map[string]string{"token": "a-token-of-ann"}})
	if core.CodeOf(err) != core.Busy || !strings.Contains(err.Error(), "cannot be found out now") {
		t.Errorf("she is told %v", err)
	}
	if resp, text := ask(t, "GET", b.admin+"/readyz", nil); resp.StatusCode != 503 || !strings.Contains(text, "lets no users in") {
		t.Errorf("it says of itself: %s, %s", resp.Status, text)
	}
	if resp, _ := ask(t, "GET", "http://"+b.address+"/readyz", nil); resp.StatusCode != 503 {
		t.Errorf("it has load balancers send users: %s", resp.Status)
	}
}
