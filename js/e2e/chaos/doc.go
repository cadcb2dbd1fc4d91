// Command chaos is the test in which everything breaks. A Go program and a page talk to backends through a bridge, while
// their connections are cut, delayed and corrupted, and while the bridge and the backends are killed and started again. All
// messages and requests are numbered. In the end the command compares what was sent with what has arrived and with what was
// reported as lost, and prints a table; README.md explains it. `make chaos` runs it. A short form of it, without the page, is
// a test. Another test, which `make chaos` runs as well, has the same clients at a cluster, and a row for each fault.
//
// Where to begin reading: run.go has the course of a run, and scene.go everything that takes part. Package schedule says which
// faults happen and when, package network what happens to connections, strike.go and package process what happens to
// processes. cluster_long_test.go is the course of the test with a cluster, and clusterrows_long_test.go has what is promised
// there. ledger.go and package record are what is written down, and audit.go is how it is judged.
//
// Each client has its own goroutines, which record into its ledger; the parts of a ledger have locks of their own. audit
// reads the records when all these goroutines have ended.
package main
