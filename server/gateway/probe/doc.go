// Package probe finds out what answers at a ZeroMQ address, for `zwb doctor`.
//
// [Probe] connects, hears the peer's greeting and, where there is no security or the right credentials are configured, what
// socket it is; then it measures a few round trips. What is no ZeroMQ peer it tries to recognize: a web server, TLS, SSH
// and others that are met behind a wrong port.
//
// It stands on package zmtp alone. Whoever has an address may call it, from any goroutine: a probe shares nothing with
// another one, needs no Factory, takes no locks, and everything it starts has ended when it returns.
package probe
