// Package outlive has tests of histories that outlive bridges: real zwb processes that are killed, on a real cluster of NATS servers.
// They take some time, so they are behind the tag long.
package outlive
