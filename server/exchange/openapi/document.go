package openapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

//go:embed components.json
var components []byte

type object map[string]any

// Document describes what is reachable; version is the bridge's.
func Document(list []access.Reachable, version string) ([]byte, error) {
	paths := object{}
	for _, endpoint := range list {
		for _, t := range endpoint.Types {
			for path, item := range pathsOf(t, endpoint) {
				paths[path] = item
			}
		}
	}
	return json.Marshal(object{
		"openapi":    "3.1.0",
		"info":       object{"title": "Zmq Web Bridge", "version": version, "description": "The ZeroMQ endpoints that you may reach."},
		"servers":    []object{{"url": "."}}, // beside this document, also where a proxy has a prefix
		"security":   []object{{}, {"bearer": []string{}}, {"basic": []string{}}},
		"paths":      paths,
		"components": json.RawMessage(components),
	})
}

// pathsOf are the paths of an endpoint for a type of socket.
func pathsOf(socket string, e access.Reachable) object {
	name := e.Name
	switch socket {
	case "REQ":
		paths := object{"/req/" + name: object{"post": request(name)}}
		for _, function := range e.Functions {
			paths[fmt.Sprintf("/rpc/%s/%s", name, url.PathEscape(function))] = object{"post": call(name, function)}
		}
		if len(e.Functions) == 0 {
			paths[fmt.Sprintf("/rpc/%s/{function}", name)] = object{"post": call(name, "")}
		}
		return paths
	case "PUSH":
		return object{"/push/" + name: object{"post": send("push", name, "Send a message to one of the backends")}}
	case "PUB":
		return object{"/pub/" + name: object{"post": send("pub", name, "Publish a message")}}
	case "SUB":
		return object{
			"/sub/" + name:    object{"get": stream(name, e.Topics)},
			"/last/" + name:   object{"get": last(name, e.Topics)},
			"/ticket/" + name: object{"post": ticket(name)},
		}
	}
	return nil
}
