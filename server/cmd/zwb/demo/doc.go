// Package demo has the backends of zwb serve --demo: an echo, a publisher of exchange rates and an RPC server. They run in the
// process of the bridge, for convenience; the bridge reaches them over tcp like any others.
//
// Who may call it: main. Start returns when they listen; what it returns ends all that they run.
package demo
