//go:build !js

// Command nodeexec runs js/wasm tests under Node. Beside them it runs a relay to which they can connect, because a
// program in a browser cannot listen. It is for the -exec flag of go test. It has to be built first, because the command
// that -exec names inherits GOOS=js:
//
//	go build -o bin/nodeexec ./core/coretest/nodeexec
//	GOOS=js GOARCH=wasm go test -exec=$PWD/bin/nodeexec ./core/...
//
// The relay's URL is in the environment variable ZWB_RELAY. Two WebSockets that connect to the same path under it are the
// two ends of one connection.
package main
