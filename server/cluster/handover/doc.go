// Package handover is how sessions go from one bridge of a cluster to another. A [Store] is the server.Depot of a bridge: parcels wait in an object store of
// NATS JetStream, in pieces, and which bridge takes one is decided by who writes its key in a bucket first.
//
// What is in a parcel is sealed before it comes here, and nobody who reads or writes NATS can open it, or make one (package session/moved). Who writes NATS
// can take parcels away: then their clients are told that their sessions are gone.
//
// A bridge that is asked for a session that is not in the store asks the others, and the one that has it leaves it there at once. That is why a client may
// come to any bridge at any time.
package handover
