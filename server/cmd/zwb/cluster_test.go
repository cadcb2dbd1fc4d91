//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// bridgeOf starts a bridge of a cluster, with the users ann and bob.
func bridgeOf(t *testing.T, servers *natstest.Servers, endpoints string, flags ...string) *revoking {
	t.Helper()
	dir, listen := t.TempDir(), unused.Address(t)
	r := &revoking{t: t, file: filepath.Join(dir, "zwb.yaml"), admin: "http://" + listen + "/api/"}
	for name, text := range map[string]string{
		"admin.token": revokingToken,
		"tokens.yaml": hashed("token-of-ann") + ": {user: ann}\n" + hashed("token-of-bob") + ": {user: bob}\n",
		"zwb.yaml": fmt.Sprintf("admin: {listen: %q, token_file: admin.token}\ncluster: {nats: %q, name: test, lease: 2s}\nusers:\n  - tokens: {file: tokens.yaml}\nendpoints:\n%s",
			listen, servers.URLs(), endpoints),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.url = startServe(t, append(flags, "--config", r.file)...)
	return r
}

// echoOf is an endpoint of a file, with an answerer behind it.
func echoOf(t *testing.T) string {
	t.Helper()
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { echo.Close() })
	return fmt.Sprintf("  echo: {type: REQ, address: %q}\n", echo.Endpoint())
}

// cluster is what zwb top --cluster says.
func (r *revoking) cluster() (c admin.ClusterAnswer) {
	r.t.Helper()
	var out bytes.Buffer
	if status := run(r.t.Context(), []string{"top", "--cluster", "--config", r.file}, &out, &out); status != 0 {
		r.t.Fatalf("%d, %s", status, out.String())
	}
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// TestClusterIsSeen: each bridge knows of the others, and what goes through them.
func TestClusterIsSeen(t *testing.T) {
	servers, endpoint := natstest.Start(t, 1), echoOf(t)
	a, b := bridgeOf(t, servers, endpoint), bridgeOf(t, servers, endpoint)
	a.mustEnter("token-of-ann")
	a.mustEnter("token-of-bob")
	b.mustEnter("token-of-bob")
	wait.For(t, "both to know of three sessions", func() bool {
		for _, r := range []*revoking{a, b} {
			all := 0
			for _, bridge := range r.cluster().Bridges {
				all += bridge.Sessions
			}
			if all != 3 {
				return false
			}
		}
		return true
	})
	c := a.cluster()
	if c.Name != "test" || !c.NATS.Up || len(c.Bridges) != 2 || c.Bridge == b.cluster().Bridge {
		t.Errorf("it says %+v", c)
	}
	var metrics bytes.Buffer
	got, err := http.Get(strings.Replace(a.admin, "/api/", "/metrics", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if _, err := metrics.ReadFrom(got.Body); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"zwb_cluster_up 1\n", "zwb_cluster_bridges 2\n", "zwb_cluster_reconnects_total 0\n"} {
		if !strings.Contains(metrics.String(), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	alone := &revoking{t: t, file: filepath.Join(t.TempDir(), "zwb.yaml"), admin: unused.Address(t)}
	if err := os.WriteFile(alone.file, []byte(fmt.Sprintf("admin: {listen: %q, token_file: %q}\n", alone.admin, filepath.Join(filepath.Dir(a.file), "admin.token"))), 0o600); err != nil {
		t.Fatal(err)
	}
	startServe(t, "--config", alone.file)
	if status, said := zwb(t, "top", "--cluster", "--config", alone.file); status != 1 || !strings.Contains(said, "belongs to no cluster") {
		t.Errorf("a bridge that is alone: %d, %s", status, said)
	}
}

// room is the socket of a page with a name at an endpoint that names those that may be there.
func (r *revoking) room(t *testing.T, token, name string) (leave func()) {
	t.Helper()
	c, err := zmq.Dial(t.Context(), r.url, zmq.Options{Credentials: map[string]string{"token": token}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.SocketWith(zmq.DEALER, zmq.SocketOptions{Identity: name}).Connect("room", nil); err != nil {
		t.Fatal(err)
	}
	return c.Close
}

// says waits until a bridge says something of its sessions.
func (r *revoking) says(t *testing.T, what string) {
	t.Helper()
	wait.For(t, "a bridge to say of its sessions: "+what, func() bool {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.admin+"sessions", nil)
		if err != nil {
			return false
		}
		q.Header.Set("Authorization", "Bearer "+revokingToken)
		got, err := http.DefaultClient.Do(q)
		if err != nil {
			return false
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		return err == nil && strings.Contains(string(text), what)
	})
}

// TestIdentitiesOfACluster: a name is had by one page, at whatever bridge; another one waits for it. Without NATS nobody gets one, and who has one keeps it.
func TestIdentitiesOfACluster(t *testing.T) {
	servers := natstest.Start(t, 1)
	room := strings.Replace(strings.Replace(echoOf(t), "echo: {type: REQ", "room: {type: DEALER", 1), "}", `, identity: "{user}.*"}`, 1)
	a, b := bridgeOf(t, servers, room), bridgeOf(t, servers, room)
	for _, r := range []*revoking{a, b} {
		wait.For(t, "both bridges", func() bool { return len(r.cluster().Bridges) == 2 })
	}
	leave := a.room(t, "token-of-ann", "ann.1")
	a.says(t, `"state":"up"`)
	b.room(t, "token-of-ann", "ann.1")
	b.says(t, "the identity is in use by another page, at another bridge")
	leave()
	b.says(t, `"state":"up"`)
	servers.Kill(0)
	wait.For(t, "both to be without NATS", func() bool { return !a.cluster().NATS.Up && !b.cluster().NATS.Up })
	a.room(t, "token-of-bob", "bob.1")
	a.says(t, "cannot be found out now")
	b.says(t, `"state":"up"`)
}
