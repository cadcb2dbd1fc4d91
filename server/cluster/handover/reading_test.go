package handover

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestTakenWhileItIsRead: a bridge that reads a parcel while another takes it learns that there is nothing, long before its deadline.
func TestTakenWhileItIsRead(t *testing.T) {
	servers := natstest.Start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := cluster.Open(cluster.Config{Servers: []string{servers.URLs()}, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	wait.For(t, "NATS", c.Up)
	s := New(c, time.Minute)
	const place = "a"
	if err := s.Put(ctx, []string{place}, bytes.Repeat([]byte("0123456789abcdef"), 1<<16)); err != nil {
		t.Fatal(err)
	}
	// The reader knows of the parcel, and its pieces go before it has asked for them: in this order, so that it is so each time.
	stream, err := c.JetStream().Stream(ctx, "OBJ_zwb_test_sessions")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(ctx, jetstream.WithPurgeSubject("$O.zwb_test_sessions.C.>")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	read := make(chan error, 1)
	go func() {
		_, _, err := s.look(ctx, place)
		read <- err
	}()
	wait.For(t, "the reader", func() bool {
		info, err := stream.Info(ctx)
		return err == nil && info.State.Consumers > 0
	})
	objects, _, err := s.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := objects.Delete(ctx, place); err != nil {
		t.Fatal(err)
	}
	if err := <-read; core.CodeOf(err) != core.Lost {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	wait.For(t, "nothing to be left of the tries", func() bool {
		info, err := stream.Info(ctx)
		return err == nil && info.State.Consumers == 0
	})
}
