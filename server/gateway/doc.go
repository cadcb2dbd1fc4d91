// Package gateway is the ZeroMQ side of the bridge: it speaks ZMTP to backends that were never changed and never heard
// of a bridge.
//
// A [Factory] hands out gateways. There is one gateway for a kind and an endpoint, shared by everybody who asks for it:
// [ReqGateway] pipelines everybody's requests over one connection, [SubGateway] subscribes upstream to the union of
// everybody's prefixes and routes what comes, [RepGateway] and [PubGateway] listen, so that backends find pages.
// A [Port] is one page's socket of any other type, connecting or listening: behind it a socket joins connections on one
// side and the ports of pages on the other by the pattern of its type. Which types several pages may listen with at one
// address, and who gets what then, is the rule of [Factory.Port].
//
// It speaks ZMTP 3.1 (https://rfc.zeromq.org/spec/37/) and understands 3.0; older peers are refused. Towards peers of 3.1
// PINGs find out who is gone, and prove a subscription live. Subscriptions are taken as commands, which 3.1 has, and as the
// messages of 3.0; they are sent as messages, which both understand.
//
// Below them, from the network up: a guard checks every byte a peer sends before the ZMTP library sees it, a peer is one
// live connection with one reader and one writer, a link dials and redials, a listener accepts. Nothing a peer sends can
// do more than end its own connection, and nothing a caller does ever waits for a peer.
package gateway
