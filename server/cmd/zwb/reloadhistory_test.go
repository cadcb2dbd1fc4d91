//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestReloadMakesAHistoryDurable: from then on it has what is published, whether anybody is there or not.
func TestReloadMakesAHistoryDurable(t *testing.T) {
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	r := &reloading{t: t, file: filepath.Join(t.TempDir(), "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	folder := t.TempDir()
	write := func(history string) {
		r.write(fmt.Sprintf("history_dir: %q\nusers: [anonymous: {}]\nendpoints: {feed: {type: SUB, address: %q, history: {%s}}}\n", folder, pub.Endpoint(), history))
	}
	write("messages: 10")
	url := startServe(t, "--config", r.file, "--admin", strings.Trim(r.admin, "htp:/"))
	write("age: 1h, size: 1MiB, durable: true")
	r.reload("taken")
	wait.For(t, "the bridge to subscribe", func() bool { return factory.Stats().PeersUp == 1 })
	wait.For(t, "the publisher to be heard", func() bool {
		publish(t, pub, 0) // it is dropped as long as the subscription has not come
		return !strings.Contains(r.get("metrics"), "\nzwb_history_bytes 0\n")
	})
	publish(t, pub, 1)

	ctx, cancel := context.WithTimeout(t.Context(), reloadPatience)
	defer cancel()
	conn, err := zmq.Dial(ctx, url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	subscribe := func(since zmq.Position) *zmq.Socket {
		sub := conn.Socket(zmq.SUB)
		if err := errors.Join(sub.Subscribe(""), sub.ConnectSince("feed", nil, since), sub.Ready(ctx)); err != nil {
			t.Fatal(err)
		}
		return sub
	}
	now, _ := subscribe(zmq.Position{}).Position("feed")
	all := subscribe(zmq.Position{Epoch: now.Epoch})
	for _, want := range []string{"0", "1"} {
		for got := ""; got != want; {
			m, err := all.Recv(ctx)
			if err != nil {
				t.Fatalf("what came before the first client, before %s: %v", want, err)
			}
			got = string(m[0])
		}
	}
}
