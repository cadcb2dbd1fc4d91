// Package gatewaytest is what the tests of package gateway, and of the packages below it, are made with.
//
//   - wire.go writes ZMTP by hand, peer.go speaks it on a connection, conn.go has connections without a network: for what a
//     ZMTP library would never send, and for tests in fake time.
//   - hostile.go lists the peers that should not be, and why the bridge hangs up on each.
//   - python.go and libzmq.go start real ZeroMQ peers, in a process of their own, with the scripts in server/gateway/testdata.
//   - relay.go is the network between a gateway and its peer, which a test can freeze, cut and redirect.
//   - await.go waits for what has to happen and compares messages; mailbox.go is a page that receives; held.go releases what a
//     test has opened; leak.go fails a run that leaves goroutines behind.
//
// It imports only core, so that the tests inside any of these packages can use it; they import it with a dot. Nothing but
// tests may import it. Its functions fail the test they are given, and clean up when it ends.
package gatewaytest
