// Package zmq opens ZeroMQ sockets through a Zmq Web Bridge, the way a page does: one WebSocket carries them all, and the
// bridge talks to backends that never heard of it.
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
// A [Context] outlives its WebSocket. It connects again by itself, with a back-off, and opens again whatever was open;
// what is sent meanwhile waits in order, within limits. What the loss cost is told where it happened: a request that was
// under way fails with [Lost], a subscription yields a [GapError]. Where the bridge says that there is no use in trying,
// everything fails with its reason.
//
// Whatever goes wrong carries a [Code]: compare with [CodeOf], never with the text. Everything blocking takes a
// context.Context, and everything here may be called from any goroutine.
package zmq
