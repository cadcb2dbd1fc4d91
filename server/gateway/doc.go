// Package gateway is the ZeroMQ side of the bridge: it speaks ZMTP to backends that were never changed and never heard
// of a bridge.
//
// A [Factory] hands out gateways. There is one gateway for a kind and an endpoint, shared by everybody who asks for it:
// [ReqGateway] pipelines everybody's requests over one connection, [SubGateway] subscribes upstream, to a publisher or to all
// behind a name, to the union of everybody's prefixes and routes what comes, [RepGateway] and [PubGateway] listen, so that backends find pages.
// A [Port] is one page's socket of any other type, connecting or listening. Which types several pages may listen with at one
// address, and who gets what then, is the rule of [Factory.Port].
//
// It speaks ZMTP 3.1 (https://rfc.zeromq.org/spec/37/) and understands 3.0; older peers are refused. Towards peers of 3.1
// PINGs find out who is gone, and prove a subscription live. Subscriptions are taken as commands, which 3.1 has, and as the
// messages of 3.0; they are sent as messages, which both understand.
//
// It stands on packages that can each be read without it: zmtp is one guarded connection, link dials, listens and tells who
// is there, port, pubsub and req are what is behind a Port, a SubGateway and a ReqGateway, topic knows who wants what of a
// publisher, history keeps what was said, and drop counts what was not taken. What a caller needs of them has a name here,
// see names.go. Package probe stands beside it.
//
// Whoever has a Factory may call it and what it hands out, from any goroutine; nothing a caller does ever waits for a peer.
// Callbacks come from the goroutine that reads or writes a connection, never with a lock held, and must not block. The
// Factory has one lock, for which gateways are open and who uses them; it is not held while one is opened. Nothing a peer
// sends can do more than end its own connection.
package gateway
