// Command cluster runs a whole cluster on loopback, to look at it while parts of it are killed: three bridges behind HAProxy, three NATS
// nodes, and backends in Python. Its README says what to try.
//
// A machine is an address of loopback, 127.0.0.1 to 127.0.0.3, so every program has the port that it would have on a machine of its
// own, and the files are those that machines would have.
package main
