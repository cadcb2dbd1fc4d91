// Package outlive has tests of histories that outlive bridges: real zwb processes that are killed, on a real cluster of NATS servers.
// One of them is a whole fleet, behind a load balancer and with many clients, to which everything happens that may; each client has a ledger.
// They take some time, so they are behind the tag long. What measures, and is told of in BENCHMARKS.md, is behind the tag measure as well.
package outlive
