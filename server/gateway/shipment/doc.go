// Package shipment is messages that wait in the queues towards peers, and what these cost whoever has sent them.
//
// What a page publishes, or answers, is put into the queue of each connection it is for; a peer that does not read leaves it
// there. Package gateway and its room port make a [Shipment] of every such message, so that the page's session is told when no
// queue has it any more, and can have it dropped.
//
// Goroutines and locks: a Shipment may be used by anybody. It calls back without a lock.
package shipment
