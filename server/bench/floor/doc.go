// Command floor is what a bridge costs at least in idiomatic Go: the WebSocket and ZMTP written by hand, a goroutine and a
// queue for each connection, and nothing else. It has no protocol, no session, no limits, no deadlines and no safety, and is of
// use for nothing but to be measured beside the bridge: make bench.
//
//	floor fan tcp://127.0.0.1:10002    sends what is published there to everybody
//	floor ask tcp://127.0.0.1:10001    asks there what anybody asks
package main
