package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestServeNetworks checks that --networks judges the address that is about to be dialled, not the name in the rule.
func TestServeNetworks(t *testing.T) {
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()
	backend, err := factory.Rep(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backend.Serve("", func(in *gateway.Incoming) { in.Reply(in.Message) }); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("tcp://localhost:%d", backend.Endpoint().Port)
	for _, test := range []struct {
		networks string
		want     core.Code
		text     string // what the error contains
	}{
		{"", core.OK, ""},
		{"127.0.0.0/8,::1", core.OK, ""},
		{"10.0.0.0/8", core.Unavailable, "outside the networks"},
	} {
		args := []string{"--allow", "REQ " + address}
		if test.networks != "" {
			args = append(args, "--networks", test.networks)
		}
		err := requestOnce(t.Context(), startServe(t, args...), address)
		if zmq.CodeOf(err) != test.want || err != nil && !strings.Contains(err.Error(), test.text) {
			t.Errorf("--networks %q: %v, want %v", test.networks, err, test.want)
		}
	}
}

func requestOnce(ctx context.Context, url, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	bridge, err := zmq.Dial(ctx, url, zmq.Options{})
	if err != nil {
		return err
	}
	defer bridge.Close()
	req := bridge.Socket(zmq.REQ)
	if err := req.Connect(address, nil); err != nil {
		return err
	}
	_, err = req.Request(ctx, []byte("hello"))
	return err
}

// startServe runs zwb serve until the end of the test, and returns the URL of its WebSocket.
func startServe(t *testing.T, args ...string) (url string) {
	t.Helper()
	return startServeTo(t, io.Discard, args...)
}

// startServeTo is startServe with the log.
func startServeTo(t *testing.T, log io.Writer, args ...string) (url string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stdout, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error"}, args...), w, log)
		w.Close()
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	lines := bufio.NewScanner(stdout)
	for found := false; !found && lines.Scan(); {
		_, url, found = strings.Cut(lines.Text(), "WebSocket  ")
	}
	go io.Copy(io.Discard, stdout) // it ends when run ends
	return url
}

// TestNetworksNote checks that zwb serve prints a note when a rule has a host name and there are no --networks.
func TestNetworksNote(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	const note = "DNS decides where backend, feed is"
	for args, want := range map[string]bool{
		"--allow;SUB tcp://backend:1-2;--allow;* tcp://feed:1;--allow;REQ tcp://backend:9": true,
		"--allow;SUB tcp://backend:1;--allow;SUB tcp://feed:1;--networks;10.0.0.0/8":       false,
		"--allow;SUB tcp://10.0.0.5:1;--allow;bind PULL tcp://localhost:2":                 false,
	} {
		s, err := settings.Read("zwb serve", strings.Split(args, ";"), nil, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		printAddresses(s, &out, []net.Listener{listener})
		if got := strings.Contains(out.String(), note); got != want {
			t.Errorf("%s: it says %q", args, out.String())
		}
	}
}
