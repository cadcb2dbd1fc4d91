// Package wsconn carries whole messages over a WebSocket. Natively it uses coder/websocket. When it is compiled to js it uses
// the browser's own WebSocket, through safejs. In both cases the type is Conn, and coretest.TestConn checks that it keeps to
// this contract:
//
//   - Read returns one whole message, and Write sends one. One goroutine may read while another one writes.
//   - If the peer has closed the WebSocket, Read returns its code as a *core.CloseError. Anything else that ends the
//     connection is an error with the code core.Lost.
//   - When the context of a Read or Write ends, the connection ends, too. So the caller passes the context of the connection,
//     never that of a single operation.
//
// An accepted connection does more than the contract asks for: ReadTogether returns all messages that are there, Lend and LendOn do so
// without memory of their own, and TryWrite sends without waiting. Simple messages, most of all, do not go through the library, which answers the handshake, and is given the
// connection when something comes or goes that is not simple. Await waits with hardly any stack.
//
// The package server accepts connections with it, and core/zmq dials with it. It knows nothing of frames. It starts no
// goroutine; under js the browser's events come from the page's event loop, and Conn.mu guards the queue that they fill.
package wsconn
