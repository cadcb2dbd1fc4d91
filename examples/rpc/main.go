package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func main() {
	listen := flag.String("listen", "tcp://127.0.0.1:10005", "address of the ordinary REP")
	url := flag.String("bridge", "ws://127.0.0.1:8000/data", "address of the bridge")
	bind := flag.String("bind", "tcp://127.0.0.1:10003", "address that the bridge listens on for the other REP")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	users, err := zmq.NewRPCServer(&Users{}, zmq.RPCOptions{})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- serve(ctx, users, *listen) }()
	go func() { ended <- serveBehindBridge(ctx, users, *url, *bind) }()
	log.Fatal(<-ended)
}

// serve answers requests on a REP of any ZeroMQ library. It needs nothing but Handle.
func serve(ctx context.Context, users *zmq.RPCServer, address string) error {
	rep := zmq4.NewRep(ctx)
	defer rep.Close()
	if err := rep.Listen(address); err != nil {
		return err
	}
	for {
		request, err := rep.Recv()
		if err != nil {
			return err
		}
		reply := users.Handle(ctx, request.Bytes())
		if err := rep.Send(zmq4.NewMsg(reply)); err != nil {
			return err
		}
	}
}

// serveBehindBridge answers requests on a REP that the bridge binds. The bridge may be started later, and may be restarted.
func serveBehindBridge(ctx context.Context, users *zmq.RPCServer, url, address string) error {
	bridge := zmq.NewContext(url, zmq.Options{})
	defer bridge.Close()
	rep := bridge.Socket(zmq.REP)
	if err := rep.Bind(address, nil); err != nil {
		return err
	}
	return users.Serve(ctx, rep)
}
