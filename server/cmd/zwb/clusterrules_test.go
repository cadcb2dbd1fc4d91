//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// asked asks the admin listener, and reads what it answers.
func (r *revoking) asked(method, path, body string, into any) (status int) {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, r.admin+path, strings.NewReader(body))
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
	if err != nil {
		r.t.Fatal(err)
	}
	if got.StatusCode == http.StatusNotFound {
		return got.StatusCode // and a sentence
	}
	if err := json.Unmarshal(text, into); err != nil {
		r.t.Fatalf("%s: %s, %s, %v", path, got.Status, text, err)
	}
	return got.StatusCode
}

// refused waits until a user is not let in, and compares why.
func (r *revoking) refused(token, why string) {
	r.t.Helper()
	wait.For(r.t, token+" to be refused: "+why, func() bool {
		_, err := r.enter(token)
		return err != nil && strings.Contains(err.Error(), why)
	})
}

// admitted waits until a user is let in.
func (r *revoking) admitted(token string) {
	r.t.Helper()
	wait.For(r.t, token+" to be let in", func() bool {
		_, err := r.enter(token)
		return err == nil
	})
}

// audited waits until something is in the audit as done for another bridge.
func (r *revoking) audited(what string, by *revoking) {
	r.t.Helper()
	id := by.cluster().Bridge
	wait.For(r.t, "an audit to have: "+what, func() bool {
		var said struct {
			Decisions []struct{ Bridge, Reason string }
		}
		r.asked(http.MethodGet, "decisions", "", &said)
		for _, d := range said.Decisions {
			if d.Bridge == id && strings.Contains(d.Reason, what) {
				return true
			}
		}
		return false
	})
}

// together waits until bridges know each other.
func together(t *testing.T, all ...*revoking) {
	t.Helper()
	wait.For(t, "the bridges to know each other", func() bool {
		for _, r := range all {
			if len(r.cluster().Bridges) != len(all) {
				return false
			}
		}
		return true
	})
}

// TestRevocationsOfACluster: who is revoked at one bridge goes at all of them, and does not come in at one that is started later, until that is lifted
// at any of them. Without NATS each goes by what it knows, who cannot be judged is not let in, and all of it is made up for.
func TestRevocationsOfACluster(t *testing.T) {
	servers, endpoint := natstest.Start(t, 1), echoOf(t)
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	ann, bob := b.mustEnter("token-of-ann"), b.mustEnter("token-of-bob")
	a.post("revocations", `{"user": "bob", "for": "1h", "reason": "has left the company"}`)
	bob.told(t, "has left the company")
	b.audited("revoked user bob", a)
	if _, err := bridgeOf(t, servers, endpoint).enter("token-of-bob"); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("at a bridge that was started later: %v", err)
	}
	b.post("revocations/lift", `{"user": "bob"}`)
	a.admitted("token-of-bob")
	a.audited("lifted the revocation of user bob", b)
	servers.Kill(0)
	wait.For(t, "both to be without NATS", func() bool { return !a.cluster().NATS.Up && !b.cluster().NATS.Up })
	var said struct{ Unsent string }
	a.asked(http.MethodPost, "revocations", `{"user": "ann", "for": "1h", "reason": "gone"}`, &said)
	if said.Unsent == "" {
		t.Error("it is not said that the others do not know")
	}
	a.refused("token-of-ann", "gone")
	if err := ann.ask(t); err != nil {
		t.Errorf("who is at a bridge that cannot know: %v", err)
	}
	blind := bridgeOf(t, servers, endpoint)
	blind.refused("token-of-bob", "cannot be found out now")
	servers.Restart(0)
	ann.told(t, "gone")
	blind.admitted("token-of-bob")
	blind.refused("token-of-ann", "gone")
}

// TestFilesOfRevocationsAreJoined: what a bridge has kept in a file is known at all of them, and what they know is in its file.
func TestFilesOfRevocationsAreJoined(t *testing.T) {
	servers, endpoint := natstest.Start(t, 1), echoOf(t)
	a := bridgeOf(t, servers, endpoint)
	a.mustEnter("token-of-bob")
	file := filepath.Join(t.TempDir(), "revoked.json")
	if err := os.WriteFile(file, []byte(`[{"user": "bob", "since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "reason": "is in the file"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	bridgeOf(t, servers, endpoint, "--admin-revoked", file)
	a.refused("token-of-bob", "is in the file")
	a.post("revocations", `{"user": "ann", "for": "1h"}`)
	wait.For(t, "the file to have both", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), "ann") && strings.Contains(string(text), "bob")
	})
}

// TestDisconnectInACluster: the sessions of a user end at all bridges, and one that is meant by its ID wherever it is. Who was not reached is said.
func TestDisconnectInACluster(t *testing.T) {
	servers, endpoint := natstest.Start(t, 1), echoOf(t)
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	together(t, a, b)
	a.mustEnter("token-of-bob")
	b.mustEnter("token-of-bob")
	b.mustEnter("token-of-ann")
	var out admin.DisconnectAnswer
	if status := a.asked(http.MethodPost, "users/tokens%20bob/disconnect", `{"reason": "lunch"}`, &out); status != http.StatusOK || out.Ended != 2 || len(out.Bridges) != 1 || out.Bridges[0].Ended != 1 || len(out.Silent) != 0 {
		t.Errorf("%d, %+v", status, out)
	}
	b.audited("disconnected user tokens bob: lunch", a)
	var left struct{ Sessions []struct{ ID, User string } }
	wait.For(t, "ann alone to be left", func() bool {
		b.asked(http.MethodGet, "sessions", "", &left)
		return len(left.Sessions) == 1 && left.Sessions[0].User == "tokens ann"
	})
	if status := a.asked(http.MethodPost, "sessions/"+left.Sessions[0].ID+"/disconnect", "", &out); status != http.StatusOK || out.Ended != 1 {
		t.Errorf("%d, %+v", status, out)
	}
	servers.Kill(0)
	wait.For(t, "the bridge to be without NATS", func() bool { return !a.cluster().NATS.Up })
	out = admin.DisconnectAnswer{}
	if status := a.asked(http.MethodPost, "users/tokens%20bob/disconnect", "", &out); status != http.StatusOK || len(out.Silent) != 1 || out.Silent[0].Bridge != b.cluster().Bridge {
		t.Errorf("without NATS: %d, %+v", status, out)
	}
	servers.Restart(0)
	wait.For(t, "everybody to answer again", func() bool {
		return a.asked(http.MethodPost, "sessions/0/disconnect", `{"reason": "x"}`, &out) == http.StatusNotFound
	})
}

// TestReloadOfACluster: all bridges read their files anew, and each that refuses is said, with why.
func TestReloadOfACluster(t *testing.T) {
	servers, endpoint := natstest.Start(t, 1), echoOf(t)
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	together(t, a, b)
	bob := b.mustEnter("token-of-bob")
	tokens := filepath.Join(filepath.Dir(b.file), "tokens.yaml")
	if err := os.WriteFile(tokens, []byte(hashed("token-of-ann")+": {user: ann}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "reload", "--cluster", "--config", a.file); status != 0 || !strings.Contains(said, "nothing is another than before") || !strings.Contains(said, "tokens.yaml") || !strings.Contains(said, "1 sessions were ended") {
		t.Errorf("%d, %s", status, said)
	}
	bob.told(t, "the token is not known here")
	b.audited("reloaded", a)
	if err := os.WriteFile(tokens, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "reload", "--config", a.file, "--cluster"); status != 1 || !strings.Contains(said, "nothing has changed") || !strings.Contains(said, tokens) {
		t.Errorf("with a mistake: %d, %s", status, said)
	}
	servers.Kill(0)
	wait.For(t, "the bridge to be without NATS", func() bool { return !a.cluster().NATS.Up })
	if status, said := zwb(t, "reload", "--cluster", "--config", a.file); status != 1 || !strings.Contains(said, "did not answer") {
		t.Errorf("without NATS: %d, %s", status, said)
	}
	if err := os.WriteFile(tokens, []byte(hashed("token-of-bob")+": {user: bob}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers.Restart(0)
	wait.For(t, "all to reload again", func() bool { status, _ := zwb(t, "reload", "--cluster", "--config", a.file); return status == 0 })
	b.admitted("token-of-bob")
}

// passes is a user who comes, and goes at once if let in.
func (r *revoking) passes(token string) error {
	c, err := zmq.Dial(r.t.Context(), r.url, zmq.Options{Credentials: map[string]string{"token": token}})
	if err == nil {
		c.Close()
	}
	return err
}

// TestConnectionsOfAUser are counted over all bridges. Without NATS each goes by its own.
func TestConnectionsOfAUser(t *testing.T) {
	servers := natstest.Start(t, 1)
	endpoint := echoOf(t) + "limits: {connections_per_user: 3}\n"
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	var of []*zmq.Context
	for _, r := range []*revoking{a, b, a} {
		c, err := zmq.Dial(t.Context(), r.url, zmq.Options{Credentials: map[string]string{"token": "token-of-ann"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		of = append(of, c)
	}
	refused := func() bool {
		err := b.passes("token-of-ann")
		return err != nil && strings.Contains(err.Error(), "too many connections of this user")
	}
	wait.For(t, "a fourth to be refused at the other bridge", refused)
	b.mustEnter("token-of-bob")
	of[0].Close()
	wait.For(t, "there to be room again", func() bool { return b.passes("token-of-ann") == nil })
	a.mustEnter("token-of-ann")
	wait.For(t, "a fourth to be refused again", refused)
	servers.Kill(0)
	wait.For(t, "a bridge to go by its own without NATS", func() bool { return b.passes("token-of-ann") == nil })
	servers.Restart(0)
	wait.For(t, "the limit to be that of both again", refused)
}

// TestLastValuesOfACluster: a bridge that has just begun to listen has what another one has heard long ago, over HTTP and for who subscribes.
func TestLastValuesOfACluster(t *testing.T) {
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	servers := natstest.Start(t, 1)
	endpoint := fmt.Sprintf("  prices: {type: SUB, address: %q}\nzmq: {last_values: 100}\n", pub.Endpoint())
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	together(t, a, b)
	hears := func(r *revoking) *zmq.Socket {
		c, err := zmq.Dial(t.Context(), r.url, zmq.Options{Credentials: map[string]string{"token": "token-of-ann"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		sub := c.Socket(zmq.SUB)
		if err := sub.Subscribe(""); err != nil {
			t.Fatal(err)
		}
		if err := sub.Connect("prices", nil); err != nil {
			t.Fatal(err)
		}
		if err := sub.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		return sub
	}
	has := func(sub *zmq.Socket) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
		defer cancel()
		if m, err := sub.Recv(ctx); err != nil || string(m[0]) != "7" {
			t.Errorf("it has %q, %v", m, err)
		}
	}
	first := hears(a)
	publish(t, pub, 7)
	has(first)
	has(hears(b))
}
