package cluster_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// open is a bridge's connection, which ends with the test.
func open(t *testing.T, urls string) *cluster.Connection {
	t.Helper()
	c, err := cluster.Open(cluster.Config{Servers: strings.Split(urls, ","), Name: "test", Lease: 2 * time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(c) })
	return c
}

func shut(c *cluster.Connection) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c.Close(ctx)
}

func awaitUp(t *testing.T, c *cluster.Connection, up bool) {
	t.Helper()
	wait.For(t, "another state of the connection", func() bool { return c.Up() == up })
}

// TestConnectionLasts: it begins without a server, finds one, loses it and finds it again.
func TestConnectionLasts(t *testing.T) {
	c := open(t, "nats://"+unused.Address(t))
	if s := c.State(); s.Up || s.Server != "" {
		t.Errorf("nobody is there, and it is %+v", s)
	}
	servers := natstest.Start(t, 1)
	c = open(t, servers.URLs())
	awaitUp(t, c, true)
	servers.Kill(0)
	awaitUp(t, c, false)
	if err := c.NATS().Publish("x", nil); err != nats.ErrReconnectBufExceeded {
		t.Errorf("what cannot be sent now is kept: %v", err)
	}
	changed := c.Changed()
	servers.Restart(0)
	awaitUp(t, c, true)
	if s := c.State(); s.Reconnects != 1 || s.Trouble != "" || "nats://"+strings.TrimPrefix(s.Server, "nats://") != servers.URLs() {
		t.Errorf("it is %+v", s)
	}
	select {
	case <-changed:
	case <-time.After(wait.Patience):
		t.Error("nobody was told")
	}
}

// TestIdentities are of one run each.
func TestIdentities(t *testing.T) {
	url := "nats://" + unused.Address(t)
	a, b := open(t, url).Identity(), open(t, url).Identity()
	if a.ID == b.ID || !cluster.IsID(a.ID) || cluster.IsID(a.ID+"0") || cluster.IsID("../"+a.ID) || a.Started.IsZero() {
		t.Errorf("%+v, %+v", a, b)
	}
}

// TestPasswordsAreKept: neither the state nor a mistake has one in it.
func TestPasswordsAreKept(t *testing.T) {
	servers := natstest.Start(t, 1, "authorization: {user: zwb, password: geheim12}")
	url := strings.Replace(servers.URLs(), "nats://", "nats://zwb:geheim12@", 1)
	c := open(t, url)
	awaitUp(t, c, true)
	if s := c.State(); strings.Contains(s.Server, "geheim12") {
		t.Errorf("the state is %+v", s)
	}
	c = open(t, servers.URLs())
	wait.For(t, "a reason", func() bool { return c.State().Trouble != "" })
	if s := c.State(); s.Up {
		t.Errorf("without a password it is %+v", s)
	}
	_, err := cluster.Open(cluster.Config{Servers: []string{"nats://zwb:geheim12@%%"}, Name: "test"})
	if core.CodeOf(err) != core.Invalid || strings.Contains(err.Error(), "geheim12") {
		t.Errorf("%v", err)
	}
}

// TestFilesAreChecked before anything is connected.
func TestFilesAreChecked(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]cluster.Config{
		"no credentials":        {Credentials: "none"},
		"credentials of no use": {Credentials: empty},
		"no nkey":               {NKey: "none"},
		"an nkey of no use":     {NKey: empty},
		"no CA":                 {CA: "none"},
		"a CA of no use":        {CA: empty},
		"no certificate":        {Cert: "none", Key: "none"},
	} {
		if cfg.Check() == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
	if err := (cluster.Config{}).Check(); err != nil {
		t.Error(err)
	}
}
