package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/go-zeromq/zmq4"
)

func main() {
	address := flag.String("address", "tcp://127.0.0.1:10006", "where to bind")
	keyFile := flag.String("key", "caller.key", "file with the key")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, *address, *keyFile); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, address, keyFile string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	rep := zmq4.NewRep(ctx)
	defer rep.Close()
	if err := rep.Listen(address); err != nil {
		return err
	}
	fmt.Println("caller: REP on", address)
	for {
		asked, err := rep.Recv()
		if err != nil {
			return err
		}
		if err := rep.Send(zmq4.NewMsgString(answer(asked.Frames, key))); err != nil {
			return err
		}
	}
}

func answer(parts [][]byte, key []byte) string {
	who, message, err := whoCalls(parts, key)
	if err != nil {
		return "refused: " + err.Error()
	}
	if who.User == "" {
		who.User = "somebody"
	}
	return who.User + " said " + string(message[0])
}
