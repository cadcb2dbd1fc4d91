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
// A gateway faces ZeroMQ, a session faces a WebSocket, a proxy is the one socket that ties the two together, and an outbox
// is what waits for one client. Each has a package of its own below this one. What is here puts them together: Bridge,
// its Config, the application's hooks, the files that a page loads, and Stats.
//
// All exported methods may be called from any goroutine. Hooks are called on the goroutine that reads from the client
// they are about, without a lock: a hook that takes its time delays that client and nobody else.
package server
