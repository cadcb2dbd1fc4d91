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
	streams := flag.String("streams", "tcp://127.0.0.1:10008", "address of the ROUTER, which has streams, too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	users, err := zmq.NewRPCServer(&Users{}, zmq.RPCOptions{Docs: docs})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error, 3)
	go func() { ended <- serveStreams(ctx, users, *streams) }()
	go func() { ended <- serve(ctx, users, *listen) }()
	go func() { ended <- serveBehindBridge(ctx, users, *url, *bind) }()
	log.Fatal(<-ended)
}

// docs is what callers of rpc.describe are told.
var docs = map[string]string{
	"Add":     "The sum of two numbers.",
	"AddUser": "Adds a user, and returns how many there are.",
	"Names":   "The names of all users.",
	"Count":   "Counts up to a number.",
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

// serveStreams answers calls and sends streams on a ROUTER of any ZeroMQ library.
func serveStreams(ctx context.Context, users *zmq.RPCServer, address string) error {
	router := zmq4.NewRouter(ctx)
	defer router.Close()
	if err := router.Listen(address); err != nil {
		return err
	}
	return users.ServeRouter(ctx, plainROUTER{router})
}

// plainROUTER lets an RPC server use the ROUTER socket of another library.
type plainROUTER struct{ zmq4.Socket }

func (s plainROUTER) Send(_ context.Context, parts ...[]byte) error {
	return s.SendMulti(zmq4.NewMsgFrom(parts...))
}

func (s plainROUTER) Recv(context.Context) (zmq.Message, error) {
	m, err := s.Socket.Recv()
	return m.Frames, err
}
