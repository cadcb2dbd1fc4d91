// Package policy is authorization as configuration: the rules of `zwb serve --allow`, and the networks of `--networks`.
//
// [ParseRule] reads a rule from text. [Rules] has the methods that package server and package gateway call as hooks:
// ZMQAllowed and Flow for server.Config, History for gateway.Config. [Networks] has the hook DialAllowed for gateway.Config.
//
// The command zwb joins them; any other Go program may do the same, or write hooks of its own. The package imports neither
// of the two, only what a decision is about (server/access).
//
// Values of this package are not changed after they were parsed. So it has no lock, starts no goroutine, and its hooks may be
// called from any goroutine.
package policy
