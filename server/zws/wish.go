package zws

import (
	"net/http"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// Wish is what a handshake asks for.
type Wish struct {
	subprotocol string
	name        string            // of the endpoint, or its address
	of          []core.SocketType // sockets that the endpoint is for; nil: nobody says
	typ         core.SocketType   // of the peer, where the URL says it
	named       bool
	params      []byte
	options     client.SubscribeOptions
}

// Parse reads a handshake that has chosen a subprotocol, with an endpoint of a name; "": the query has its address. of are the types of sockets that it is for, where
// somebody says.
func Parse(r *http.Request, subprotocol, name string, of []core.SocketType) (w Wish, err error) {
	w = Wish{subprotocol: subprotocol, of: of}
	q, err := words.ParseQuery(r.URL.RawQuery, []string{"type", "overflow", "rate", "params", "address"})
	if err != nil {
		return w, err
	}
	if w.name, err = words.EndpointOf(name, q); err != nil {
		return w, err
	}
	if text := q.Text("type"); text != "" {
		if w.typ, err = core.ParseSocketType(strings.ToUpper(text)); err != nil || sockets[w.typ] == nil {
			return w, core.NewError(core.Invalid, "type is that of the peer, as in SUB, and no ROUTER")
		}
		w.named = true
	}
	if w.params, err = q.Params(); err != nil {
		return w, err
	}
	_, w.options, err = q.Subscription()
	return w, err
}

// sockets are those that stand in for a peer of a type, at the backend: the first that the endpoint is for.
var sockets = map[core.SocketType][]core.SocketType{
	core.SUB:    {core.SUB, core.XSUB},
	core.XSUB:   {core.SUB, core.XSUB},
	core.PUB:    {core.PUB},
	core.XPUB:   {core.PUB},
	core.PULL:   {core.PULL},
	core.PUSH:   {core.PUSH},
	core.REQ:    {core.REQ, core.DEALER},
	core.DEALER: {core.DEALER, core.REQ},
	core.REP:    {core.REP},
	core.PAIR:   {core.PAIR},
}

// others is what the peer is told that it talks to.
var others = map[core.SocketType]core.SocketType{core.SUB: core.PUB, core.XSUB: core.PUB, core.PUB: core.SUB, core.XPUB: core.SUB, core.PULL: core.PUSH,
	core.PUSH: core.PULL, core.REQ: core.ROUTER, core.DEALER: core.ROUTER, core.REP: core.DEALER, core.PAIR: core.PAIR}

// standIn is the type of the socket for a peer of a type.
func (w Wish) standIn(peer core.SocketType) (core.SocketType, error) {
	able := sockets[peer]
	if len(able) == 0 {
		return 0, core.NewError(core.Unsupported, "a "+peer.String()+" cannot connect here")
	}
	for _, t := range able {
		if slices.Contains(w.of, t) {
			return t, nil
		}
	}
	return able[0], nil // and the rules say no, or there are none about types
}

// guess is the type of a peer that does not say it: that of the first socket that the endpoint is for.
func (w Wish) guess() core.SocketType {
	if w.named {
		return w.typ
	}
	for _, t := range w.of {
		if sockets[t] != nil {
			return t
		}
	}
	return core.SUB // of an endpoint that is for nobody here, too: what there is and what not is told apart by nothing
}
