// Package few has maps of which most have one entry. A map of Go's has room for eight from its first on: of what every client has one
// of, its sockets, endpoints and subscriptions, that was a tenth of what an idle client takes.
package few
