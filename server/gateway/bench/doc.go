// Command bench measures the gateways against libzmq: both talk to the same libzmq peer on this machine, in turn, each client in a
// process of its own.
//
//	go run ./server/gateway/bench [-rounds 5] [-time 2s] [-only SUB]
//
// It needs a C compiler and Debian's libzmq3-dev. What it prints are medians: messages (or echoes, or requests) a second,
// and the CPU time of the client's process for each. Both suffer when the machine does something else meanwhile.
package main
