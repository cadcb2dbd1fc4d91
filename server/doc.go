// Package server is the bridge: an http.Handler that speaks zwb.v1 to pages and Go clients over WebSockets and hands
// their sockets to the gateways, which speak ZMTP to backends.
//
// The only code an application has to write is two hooks, both in Config and both denying while nil: WebsocketAllowed
// (may this WebSocket exist) and ZMQAllowed (may it use this ZeroMQ resource).
//
//	bridge := server.New(server.Config{
//		WebsocketAllowed: func(r *http.Request) error { return nil },
//		ZMQAllowed: func(ctx context.Context, a server.Access) error {
//			if a.Param("username") != "hugo" {
//				return core.NewError(core.Denied, "only hugo may")
//			}
//			return nil
//		},
//	})
//	http.Handle("/data", bridge)
//
// Names: a gateway faces ZeroMQ, a session faces a WebSocket, a proxy is the one socket that ties the two together.
package server
