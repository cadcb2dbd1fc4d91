// Command floor is what a bridge costs at least in idiomatic Go: the WebSocket and ZMTP written by hand, a goroutine and a
// queue for each connection, and nothing else. It has no protocol, no session, no limits, no deadlines and no safety, and is of
// use for nothing but to be measured beside the bridge: make bench.
//
//	floor fan tcp://127.0.0.1:10002    sends what is published there to everybody
//	floor ask tcp://127.0.0.1:10001    asks there what anybody asks
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
