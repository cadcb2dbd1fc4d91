package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestServeHistory checks that a client that comes back gets what it has missed, if a rule has a history.
func TestServeHistory(t *testing.T) {
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	address := pub.Endpoint().String()
	url := startServe(t, "--allow", "SUB "+address+" history=4,1m,1MiB")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	var left zmq.Position
	for i, want := range []string{"0", "4"} { // the client misses 1, 2 and 3; 4 may come before these are read, and must not displace one of them
		bridge, err := zmq.Dial(ctx, url, zmq.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer bridge.Close()
		sub := bridge.Socket(zmq.SUB)
		if err := sub.Subscribe(""); err != nil {
			t.Fatal(err)
		}
		if err := sub.ConnectSince(address, nil, left); err != nil {
			t.Fatal(err)
		}
		if err := sub.Ready(ctx); err != nil {
			t.Fatal(err)
		}
		publish(t, pub, 4*i)
		var got string
		for got != want {
			m, err := sub.Recv(ctx)
			if err != nil {
				t.Fatalf("after %q: %v", got, err)
			}
			if got != "" && string(m[0]) != fmt.Sprint(number(got)+1) {
				t.Errorf("%s after %q", m[0], got)
			}
			got = string(m[0])
		}
		left, _ = sub.Position(address)
		bridge.Close()
		if i == 0 {
			for n := range 3 {
				publish(t, pub, 1+n)
			}
		}
	}
	if left.Offset != 5 {
		t.Errorf("stands at %v", left)
	}
}

func publish(t *testing.T, pub *gateway.PubGateway, n int) {
	t.Helper()
	if err := pub.Publish(core.Message{[]byte(fmt.Sprint(n))}); err != nil {
		t.Fatal(err)
	}
}

func number(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

// TestServeHistoryOfAList: an endpoint of a file with several addresses has one history.
func TestServeHistoryOfAList(t *testing.T) {
	var pubs []*gateway.PubGateway
	var addresses []string
	for range 2 {
		factory := gateway.NewFactory(gateway.Config{})
		defer factory.Close()
		pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		pubs, addresses = append(pubs, pub), append(addresses, pub.Endpoint().String())
	}
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	text := fmt.Sprintf("endpoints:\n  feed: {type: SUB, address: [%s], history: {messages: 100}}\nusers: [anonymous: {}]\n", strings.Join(addresses, ", "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "check", file); status != 0 {
		t.Fatalf("check: %d, %s", status, said)
	}
	url := startServe(t, "--config", file)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	var left zmq.Position
	for visit := range 2 { // each publisher says 0, 1 is missed, and then it says 2
		bridge, err := zmq.Dial(ctx, url, zmq.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer bridge.Close()
		sub := bridge.Socket(zmq.SUB)
		if err := errors.Join(sub.Subscribe(""), sub.ConnectSince("feed", nil, left), sub.Ready(ctx)); err != nil {
			t.Fatal(err)
		}
		for _, pub := range pubs {
			publish(t, pub, 2*visit)
		}
		heard := map[string]int{}
		for range (1 + visit) * len(pubs) {
			m, err := sub.Recv(ctx)
			if err != nil {
				t.Fatalf("after %v: %v", heard, err)
			}
			heard[string(m[0])]++
		}
		if want := []map[string]int{{"0": 2}, {"1": 2, "2": 2}}[visit]; !maps.Equal(heard, want) {
			t.Errorf("heard %v, want %v", heard, want)
		}
		left, _ = sub.Position("feed")
		bridge.Close()
		for _, pub := range pubs {
			publish(t, pub, 1)
		}
	}
}
