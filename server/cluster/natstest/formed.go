package natstest

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// AwaitFormed waits until the servers of a new cluster know each other, and keep a stream on all of them.
func (s *Servers) AwaitFormed() {
	s.t.Helper()
	conn, err := nats.Connect(s.URLs())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		s.t.Fatal(err)
	}
	const name = "natstest_formed"
	wait.For(s.t, "the NATS servers to be a cluster", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: name, Replicas: len(s.nodes), Storage: jetstream.MemoryStorage, Subjects: []string{name}})
		return err == nil && js.DeleteStream(ctx, name) == nil
	})
}
