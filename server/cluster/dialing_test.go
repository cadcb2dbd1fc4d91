package cluster_test

import (
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestStartDoesNotWait for servers that take connections and say nothing. The one that answers is found.
func TestStartDoesNotWait(t *testing.T) {
	var servers []string
	for range 5 {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		servers = append(servers, "nats://"+silent.Addr().String())
	}
	servers = append(servers, natstest.Start(t, 1).URLs())
	begun := time.Now()
	c, err := cluster.Open(cluster.Config{Servers: servers, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if took := time.Since(begun); took > 2*time.Second { // a single one that is waited for takes as long
		t.Errorf("it has taken %v", took)
	}
	wait.For(t, "the server that answers", c.Up)
}
