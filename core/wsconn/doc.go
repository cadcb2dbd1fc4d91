// Package wsconn carries whole messages over a WebSocket: coder/websocket natively, the browser's own WebSocket through
// safejs when compiled to js. Both are the type Conn with the same contract (coretest.TestConn):
//
//   - Read returns one whole message; Write sends one. One goroutine may read while another writes.
//   - What the peer closed with comes back as *core.CloseError, anything else that ends the connection as core.Lost.
//   - A spent context ends the connection: whoever reads or writes passes the connection's context, not a caller's.
package wsconn
