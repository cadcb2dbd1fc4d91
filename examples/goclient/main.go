// Goclient is a Go program at the other end of a bridge: it asks, calls and listens as a page would, with the same API.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// services are where the demo's backends are, as the bridge sees it.
type services struct{ echo, rates, rpc string }

var demo = services{echo: "tcp://127.0.0.1:10001", rates: "tcp://127.0.0.1:10002", rpc: "tcp://127.0.0.1:10004"}

func main() {
	url := flag.String("bridge", "ws://127.0.0.1:8000/data", "address of the bridge")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *url, demo); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, url string, at services) error {
	bridge, err := zmq.Dial(ctx, url, zmq.Options{})
	if err != nil {
		return err
	}
	defer bridge.Close()

	// REQ: ask, and get the answer.
	req := bridge.Socket(zmq.REQ)
	req.Connect(at.echo, nil)
	reply, err := req.Request(ctx, []byte("hello"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "echo says %s\n", reply[0])

	// RPC: call a function of the service behind a REQ, and get a value.
	users := bridge.Socket(zmq.REQ)
	users.Connect(at.rpc, nil)
	rpc := zmq.NewRPCClient(users)
	sum, err := zmq.Call[int](ctx, rpc, "add", 1, 2)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "1 + 2 = %d\n", sum)
	if _, err := rpc.Call(ctx, "add_user", "hugo", ""); zmq.CodeOf(err) == zmq.Failed {
		fmt.Fprintf(out, "add_user without a password: %v\n", err)
	}

	// SUB: listen to the topics that begin with fx., for as long as one likes.
	sub := bridge.Socket(zmq.SUB)
	sub.Connect(at.rates, nil)
	sub.Subscribe("fx.")
	left := 5
	for msg, err := range sub.Messages(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %s\n", msg[0], msg[1])
		if left--; left == 0 {
			break
		}
	}
	return nil
}
