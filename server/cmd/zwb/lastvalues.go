package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// lastElsewhere is the hook of the gateways; nil: there are no others.
func (o *others) lastElsewhere() func(context.Context, core.Endpoint, string) []core.Body {
	if o == nil {
		return nil
	}
	o.rules.last = cluster.NewLastValues(o.connection, o.presence, func(endpoint, prefix string, most int) []core.Body {
		e, ok := endpointOf(endpoint)
		if !ok {
			return nil
		}
		return o.bridge.LastValues(e, prefix, most)
	})
	return func(ctx context.Context, endpoint core.Endpoint, prefix string) []core.Body {
		return o.rules.last.Ask(ctx, strconv.Itoa(endpoint.Nth)+" "+endpoint.String(), prefix)
	}
}

// endpointOf is the endpoint that another bridge means.
func endpointOf(text string) (core.Endpoint, bool) {
	nth, name, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(nth)
	if err != nil {
		return core.Endpoint{}, false
	}
	endpoint, err := core.ParseEndpoint(name)
	endpoint.Nth = n
	return endpoint, err == nil
}
