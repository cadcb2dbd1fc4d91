// Package local keeps what has to outlive the bridge on one machine, in a folder: NATS with JetStream inside of the process, which
// listens nowhere. So one bridge alone keeps its histories by the same code as a cluster does, and nothing is stored in a format of
// our own.
//
// A [Server] is started only where a folder is configured. Its goroutines are those of the NATS library, and end with Close.
package local
