// Package gateway is the ZeroMQ side of the bridge: it speaks ZMTP to backends that were never changed and never heard
// of a bridge.
//
// A [Factory] hands out gateways. There is one gateway for a kind and an endpoint, shared by everybody who asks for it:
// [ReqGateway] pipelines everybody's requests over one connection, [SubGateway] subscribes upstream to the union of
// everybody's prefixes and routes what comes, [RepGateway] and [PubGateway] listen, so that backends find pages.
// A [Port] is one page's socket of any other type, connecting or listening: behind it a socket joins connections on one
// side and the ports of pages on the other by the pattern of its type.
//
// Below them, from the network up: a guard checks every byte a peer sends before the ZMTP library sees it, a peer is one
// live connection with one reader and one writer, a link dials and redials, a listener accepts. Nothing a peer sends can
// do more than end its own connection, and nothing a caller does ever waits for a peer.
package gateway
