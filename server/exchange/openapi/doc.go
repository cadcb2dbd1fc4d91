// Package openapi describes the endpoints that somebody may reach over HTTP as an OpenAPI 3.1 document, for tools that show, try or
// generate code from one.
//
// Package exchange calls it, with what the bridge says is reachable; on any goroutine, as it holds nothing. What all endpoints have
// in common is in components.json, and operations.go says which requests a type of socket stands for.
package openapi
