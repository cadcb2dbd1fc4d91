// Command rpc serves the methods of one Go value (users.go) in three ways. It has an ordinary ZeroMQ REP, which pages reach
// through the bridge and everybody else reaches directly. It has a ROUTER, for those who want streams, too. And it is a client of the bridge with a REP for which the bridge
// listens, so that the program needs no open port of its own. Its README has the commands to run it.
package main
