package attack

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestHostileBuckets: somebody who reaches NATS writes what he likes where the bridges write. He can say that bridges are there that are not, and
// that is all: they go on, know no more bridges than there may be, and show nothing that acts on a terminal.
func TestHostileBuckets(t *testing.T) {
	servers := natstest.Start(t, 1)
	b := start(t, "cluster: {nats: '"+servers.URLs()+"', name: x, lease: 2s}\n", nil)
	until(t, "the bridge to report", func() bool { return b.metric("zwb_cluster_bridges") == 1 })
	_, js := reachNATS(t, servers.URLs())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	kv, err := js.KeyValue(ctx, "zwb_x_bridges")
	if err != nil {
		t.Fatal(err)
	}
	put := func(key, value string) {
		if _, err := kv.Put(ctx, key, []byte(value)); err != nil {
			t.Error(err)
		}
	}
	impostor := strings.Repeat("ab", 16)
	host, err := json.Marshal(forgery)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"nonsense": "[[[[", strings.Repeat("0", 32): strings.Repeat("[", 16000), strings.Repeat("1", 32): `{"id": "` + impostor + `"}`,
		impostor: `{"id": "` + impostor + `", "host": ` + string(host) + `}`} {
		put(key, value)
	}
	until(t, "the impostor to be there", func() bool { return b.metric("zwb_cluster_bridges") == 2 })
	for _, text := range toldOfCluster(t, b) {
		if strings.ContainsAny(text, "\x1b\u202e\u2028") || strings.Contains(text, `\u001b`) {
			t.Errorf("it shows %q", text)
		}
	}
	for i := range 1000 {
		id := strings.Repeat("f", 28) + string([]byte{'0', byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})
		put(id, `{"id": "`+id+`"}`)
	}
	until(t, "many to be there", func() bool { return b.metric("zwb_cluster_bridges") > 200 })
	if n := b.metric("zwb_cluster_bridges"); n > 257 {
		t.Errorf("it knows %v bridges", n)
	}
	until(t, "them to be gone", func() bool { return b.metric("zwb_cluster_bridges") == 1 })
}

// TestClusterIsKeptToItself: NATS servers that ask for a password are reached with one, which nobody is told, and not without.
func TestClusterIsKeptToItself(t *testing.T) {
	const password = "a-secret-of-NATS-12"
	servers := natstest.Start(t, 1, "authorization: {user: zwb, password: "+password+"}")
	cluster := "cluster: {nats: '" + servers.URLs() + "', name: x, lease: 2s}\nlog: {level: debug}\n"
	b := start(t, strings.Replace(cluster, "nats://", "nats://zwb:"+password+"@", 1), nil)
	stranger := start(t, cluster, nil)
	until(t, "the bridge to report", func() bool { return b.metric("zwb_cluster_up") == 1 })
	time.Sleep(time.Second) // in which the stranger has tried more than once
	if stranger.metric("zwb_cluster_up") != 0 || b.metric("zwb_cluster_bridges") != 1 {
		t.Error("somebody without the password is in the cluster")
	}
	for _, bridge := range []*bridge{b, stranger} {
		for where, text := range toldOfCluster(t, bridge) {
			if strings.Contains(text, password) {
				t.Errorf("%s tells the password", where)
			}
		}
	}
}

// toldOfCluster is what a bridge says of its cluster, by where.
func toldOfCluster(t *testing.T, b *bridge) map[string]string {
	t.Helper()
	told := map[string]string{"the log": b.said.String()}
	for _, path := range []string{"/api/cluster", "/metrics", "/readyz"} {
		resp, text := ask(t, "GET", b.admin+path, withAdminToken)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %s", path, resp.Status)
		}
		told[path] = text
	}
	return told
}

// reachNATS is a connection of somebody who reaches the servers of a cluster. It ends with the test.
func reachNATS(t *testing.T, urls string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}
