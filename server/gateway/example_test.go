package gateway_test

import (
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

func Example() {
	factory := gateway.NewFactory(gateway.Config{})
	defer factory.Close()

	endpoint, err := core.ParseEndpoint("ipc://@zmqwebbridge-example")
	if err != nil {
		panic(err)
	}

	// Somebody who answers.
	rep, err := factory.Rep(endpoint)
	if err != nil {
		panic(err)
	}
	defer rep.Release()
	stop, err := rep.Serve("", func(in *gateway.Incoming) {
		in.Reply(core.Message{[]byte("hello"), in.Message[0]})
	})
	if err != nil {
		panic(err)
	}
	defer stop()

	// Somebody who asks.
	req, err := factory.Req(endpoint)
	if err != nil {
		panic(err)
	}
	defer req.Release()
	done := make(chan struct{})
	req.Do(core.Message{[]byte("world")}, time.Second, func(reply core.Message, err error) {
		defer close(done)
		if err != nil {
			fmt.Println(core.CodeOf(err), err)
			return
		}
		fmt.Printf("%s %s\n", reply[0], reply[1])
	})
	<-done
	// Output: hello world
}
