//go:build long

package outlive

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestPublisherGoesOnWithoutNATS: it says 50,000 messages while every NATS server is killed and comes back; who subscribes gets all.
func TestPublisherGoesOnWithoutNATS(t *testing.T) {
	const messages = 50_000
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	servers := natstest.Start(t, 3)
	pub, text := publisher(t, messages, servers)
	r := &reader{t: t, name: "the subscriber"}
	r.read(ctx, start(t, text), zmq.Position{})
	published := make(chan error, 1)
	go func() { published <- publish(pub, messages) }() // ends with the last message
	if err := r.until(ctx, messages/5); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		servers.Kill(i)
	}
	time.Sleep(500 * time.Millisecond) // for as long as they are away
	for i := range 3 {
		servers.Restart(i)
	}
	if err := errors.Join(<-published, r.until(ctx, messages)); err != nil {
		t.Fatal(err)
	}
}

// TestStrangeEntries: who may write to NATS can put anything into a stream. It is left out, and everything goes on behind it.
func TestStrangeEntries(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	servers := natstest.Start(t, 1)
	pub, text := publisher(t, 1000, servers)
	r := &reader{t: t, name: "the subscriber"}
	r.read(ctx, start(t, text), zmq.Position{})
	if err := errors.Join(publish(pub, 100), r.until(ctx, 100)); err != nil {
		t.Fatal(err)
	}
	p := r.position()
	conn, err := nats.Connect(servers.URLs())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(ctx, "zwb_test_feed")
	if err != nil {
		t.Fatal(err)
	}
	for _, strange := range []string{"", "\x01\x00", "\x01\x00\x01\x65\x00\x01\x01\xff\xff\xff\xff\x0f", "\x02\x00\x01\x01\x00\x01\x01"} {
		if _, err := js.Publish(ctx, s.CachedInfo().Config.Subjects[0], []byte(strange)); err != nil {
			t.Fatal(err)
		}
	}
	for n := 100; n < 200; n++ {
		if err := pub.Publish(core.Message{fmt.Append(nil, n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.until(ctx, 200); err != nil {
		t.Fatal(err)
	}
	r.conn.Close()
	again := &reader{t: t, name: "who comes to a new bridge", next: 50}
	again.read(ctx, start(t, text), zmq.Position{Epoch: p.Epoch, Offset: 50})
	if err := again.until(ctx, 200); err != nil {
		t.Error(err)
	}
}

// publisher is a PUB, and the configuration of bridges that have a durable history of it.
func publisher(t *testing.T, messages int, servers *natstest.Servers) (pub *gateway.PubGateway, text string) {
	t.Helper()
	factory := gateway.NewFactory(gateway.Config{HWM: 2 * messages})
	t.Cleanup(factory.Close)
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	cluster := ""
	if servers != nil {
		cluster = fmt.Sprintf("cluster: {nats: %q, name: test}\n", servers.URLs())
	}
	return pub, cluster + fmt.Sprintf("users: [anonymous: {}]\n"+
		"endpoints: {feed: {type: SUB, address: %q, hwm: 1000000, history: {age: 1h, size: 64MiB, durable: true}}}\n", pub.Endpoint())
}

// TestHistoryInAFolder: one bridge alone has its history again after it was killed, and no other one has it meanwhile.
func TestHistoryInAFolder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pub, feed := publisher(t, 1000, nil)
	text := fmt.Sprintf("history_dir: %q\n%s", t.TempDir(), feed)
	r := &reader{t: t, name: "the subscriber"}
	b := start(t, text)
	r.read(ctx, b, zmq.Position{})
	if err := errors.Join(publish(pub, 200), r.until(ctx, 200)); err != nil {
		t.Fatal(err)
	}
	second, end := context.WithTimeout(ctx, 20*time.Second)
	defer end()
	out, err := exec.CommandContext(second, zwb, "serve", "--config", b.File).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "history_dir: conflict: another process has ") {
		t.Errorf("a second process: %v, %s", err, out)
	}
	p := r.position()
	b.End(syscall.SIGKILL)
	again := &reader{t: t, name: "who comes again", next: 50}
	again.read(ctx, start(t, text), zmq.Position{Epoch: p.Epoch, Offset: 50})
	if err := again.until(ctx, 200); err != nil {
		t.Error(err)
	}
}
