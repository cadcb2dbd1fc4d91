// Command chaos is the test in which everything breaks. A Go program and a page talk to backends through a bridge, while
// their connections are cut, delayed and corrupted, and while the bridge and the backends are killed and started again. All
// messages and requests are numbered. In the end the command compares what was sent with what has arrived and with what was
// reported as lost, and prints a table; README.md explains it. `make chaos` runs it. A short form of it, without the page, is
// a test.
//
// Where to begin reading: run.go has the course of a run, scene.go everything that takes part, schedule.go which faults
// happen and when, proxy.go, link.go and fault.go what happens to connections, strike.go what happens to processes, and
// ledger.go, numbering.go and audit.go what is recorded and how it is judged.
//
// Each client has its own goroutines, which record into its ledger; the parts of a ledger have locks of their own. audit
// reads the records when all these goroutines have ended.
package main
