// Package plain serves the named endpoints of a bridge over WebSockets without a subprotocol, for whoever has no client of zwb.v1: websocat,
// MicroPython, Node-RED, Unity. Each message of ZeroMQ is one of the WebSocket, in both directions.
//
// It is a dialect of package translator, so that there is no second way past authorization, limits and flow control. Only the package
// server calls it. All of it but Parse runs with the lock of its translator.Conn held.
package plain
