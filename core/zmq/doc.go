// Package zmq opens ZeroMQ sockets through a Zmq Web Bridge, as a page does. One WebSocket carries all of them, and the
// bridge talks plain ZeroMQ to the backends. It is the package for Go programs; it imports core, core/wsconn and their
// rooms.
//
//	bridge, err := zmq.Dial(ctx, "ws://127.0.0.1:8000/data", zmq.Options{})
//	if err != nil {
//		return err
//	}
//	defer bridge.Close()
//
//	req := bridge.Socket(zmq.REQ)
//	req.Connect("tcp://127.0.0.1:10001", nil)
//	reply, err := req.Request(ctx, []byte("hello"))
//
//	sub := bridge.Socket(zmq.SUB)
//	sub.Connect("tcp://127.0.0.1:10002", nil)
//	sub.Subscribe("fx.")
//	for msg, err := range sub.Messages(ctx) {
//		…
//	}
//
//	sum, err := zmq.Call[int](ctx, zmq.NewRPCClient(req), "add", 1, 2)
//
// A [Context] outlives its WebSocket. After a cut it connects again by itself, with growing pauses. It goes on with its
// session if the bridge still has it; otherwise it opens again everything that was open. What is sent in the meantime waits
// in order, within limits. If something was lost, you learn it where it happened: a request that was under way fails with
// [Lost], and a subscription yields a [GapError]. When the bridge says that there is no use in trying again, everything
// fails with the bridge's reason.
//
// Every error carries a [Code]. Compare it with [CodeOf], never with the text. Everything that blocks takes a
// context.Context.
//
// Everything here may be called from any goroutine. A Context runs two goroutines, one that connects and reads and one
// that writes, until Close. Its lock, Context.mu, guards the engine (client.Client) and the state of all sockets. It is
// never held while something blocks or while the application's code runs.
package zmq
