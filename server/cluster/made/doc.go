// Package made has what bridges keep in NATS JetStream, which whoever comes first makes: buckets of keys and of objects, and streams.
//
// Several bridges may come at the same moment, as when all of them are started with an empty NATS. Servers that are a cluster answer one of those
// who make the same thing then, and the others not at all. So nobody waits for that answer for long: who has none looks whether the thing is
// there, and uses what another one has made.
//
// Its functions may be called by anybody, from any goroutine. They wait for NATS, as long as their contexts last.
package made
