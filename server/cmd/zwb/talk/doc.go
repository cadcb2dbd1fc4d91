// Package talk has the commands of zwb that open sockets: zwb req, sub, pull, push, pub, rpc, last, topics, record and replay, through a bridge or
// straight at a backend. They are programs of the bridge like any other, and stand on core/zmq alone; where they connect is
// package reach, and how messages are written package written.
//
// Who may call it: main. A command runs on the goroutine that calls it, and ends with its context.
package talk
