package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("floor fan|ask ADDRESS")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	serve := map[string]func(net.Listener, string) error{"fan": fan, "ask": ask}[os.Args[1]]
	if serve == nil {
		log.Fatal("floor fan|ask ADDRESS")
	}
	fmt.Printf("WebSocket ws://%s/\n", listener.Addr())
	log.Fatal(serve(listener, os.Args[2]))
}
