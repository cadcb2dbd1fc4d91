package cluster_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// bridge is one that is in the cluster, as far as the others see.
type bridge struct {
	*cluster.Connection
	*cluster.Presence
	leave func() // as it does when it ends
}

func join(t *testing.T, urls string) *bridge {
	t.Helper()
	c := open(t, urls)
	b := &bridge{Connection: c, Presence: cluster.NewPresence(c, func() cluster.Report {
		return cluster.Report{Version: "1", Sessions: 7, Endpoints: []cluster.Rate{{Name: "prices", Out: 3}}}
	})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { // until leave
		defer close(ended)
		b.Presence.Run(ctx)
	}()
	b.leave = func() {
		cancel()
		<-ended
	}
	t.Cleanup(b.leave)
	return b
}

func (b *bridge) sees(others ...*bridge) bool {
	var ids []string
	for _, m := range b.Members() {
		ids = append(ids, m.ID)
	}
	return len(ids) == len(others) && !slices.ContainsFunc(others, func(o *bridge) bool { return !slices.Contains(ids, o.Identity().ID) })
}

func (b *bridge) awaits(t *testing.T, others ...*bridge) {
	t.Helper()
	wait.For(t, "a bridge to see who is there", func() bool { return b.sees(others...) })
}

// TestHostileReports: whoever reaches NATS writes what he likes, and no bridge falls for it.
func TestHostileReports(t *testing.T) {
	servers := natstest.Start(t, 1)
	a := join(t, servers.URLs())
	a.awaits(t, a)
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	kv, err := a.JetStream().KeyValue(ctx, "zwb_test_bridges")
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("ab", 16)
	named, err := json.Marshal(cluster.Report{Identity: cluster.Identity{ID: id}, Host: "\x1b[2Jhost\u202e" + strings.Repeat("x", 500)})
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"nonsense": "{}", strings.Repeat("cd", 16): `{"id": "` + a.Identity().ID + `"}`, strings.Repeat("ef", 16): "no JSON",
		strings.Repeat("01", 16): `{"id": "` + strings.Repeat("01", 16) + `", "sessions": "many"}`, id: string(named)} {
		if _, err := kv.Put(ctx, key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	wait.For(t, "the one that could be a bridge", func() bool { return len(a.Members()) == 2 })
	for _, m := range a.Members() {
		if m.ID == id && (strings.ContainsAny(m.Host, "\x1b\u202e") || len(m.Host) > 200) {
			t.Errorf("its host is %q", m.Host)
		}
	}
	for i := range 300 { // more than there are bridges
		other := strings.Repeat("0", 29) + string([]byte{"0123456789abcdef"[i/100], "0123456789abcdef"[i/10%10], "0123456789abcdef"[i%10]})
		if _, err := kv.Put(ctx, other, []byte(`{"id": "`+other+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	wait.For(t, "many", func() bool { return len(a.Members()) > 200 })
	if n := len(a.Members()); n > 257 {
		t.Errorf("it knows %d bridges", n)
	}
	if _, err := kv.Put(ctx, id, make([]byte, 1<<20)); err == nil {
		t.Error("the bucket takes what is far too large")
	}
	if err := a.JetStream().DeleteKeyValue(ctx, "zwb_test_bridges"); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the bucket to be there again", func() bool {
		again, err := a.JetStream().KeyValue(ctx, "zwb_test_bridges")
		if err != nil {
			return false
		}
		_, err = again.Get(ctx, a.Identity().ID)
		return err == nil
	})
}
