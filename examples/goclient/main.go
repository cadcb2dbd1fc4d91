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

// services are the addresses of the demo's backends, as the bridge sees them.
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

	// REQ: send a request, and get the answer.
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

	// SUB: get all messages whose topic begins with fx., until the loop ends.
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
