package plain

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// Wish is what a handshake asks for.
type Wish struct {
	name    string // of the endpoint, or its address
	typ     core.SocketType
	named   bool // the URL says which type
	params  []byte
	timeout time.Duration // of requests; 0: as the bridge says

	topics  []string
	options client.SubscribeOptions

	inParts bool // messages are lists of parts
	embed   bool // in which those that are JSON are what they say
	binary  bool // messages for the client are never text
}

// types are those of the sockets that are of use here. The first is for a name of which nobody says what it is: it is asked for as any other.
var types = []core.SocketType{core.SUB, core.PULL, core.PUSH, core.PUB, core.REQ, core.DEALER, core.PAIR}

var takes = []string{"type", "topic", "overflow", "rate", "parts", "as", "timeout", "params", "address"}

// Parse reads a handshake with an endpoint of a name; "": the query has its address. of are the types of sockets that the endpoint is for, where somebody says.
func Parse(r *http.Request, name string, of []core.SocketType) (w Wish, err error) {
	q, err := words.ParseQuery(r.URL.RawQuery, takes)
	if err != nil {
		return w, err
	}
	if w.name, err = words.EndpointOf(name, q); err != nil {
		return w, err
	}
	if err := w.chooseType(q.Text("type"), of); err != nil {
		return w, err
	}
	if w.inParts, err = q.InParts(); err != nil {
		return w, err
	}
	switch as := q.Text("as"); {
	case as == "binary" && !w.inParts:
		w.binary = true
	case as == "json" && w.inParts:
		w.embed = true
	case as != "":
		return w, core.NewError(core.Invalid, "as is binary, or with parts=json it is json, or it is left out")
	}
	if w.params, err = q.Params(); err != nil {
		return w, err
	}
	if w.timeout, err = q.Timeout(0); err != nil {
		return w, err
	}
	w.topics, w.options, err = q.Subscription()
	return w, err
}

// chooseType is the type that the URL names, or else the first one of the endpoint that is of use.
func (w *Wish) chooseType(text string, of []core.SocketType) error {
	if text == "" {
		for _, t := range append(slices.Clone(of), types[0]) {
			if slices.Contains(types, t) {
				w.typ = t
				return nil
			}
		}
	}
	t, err := core.ParseSocketType(strings.ToUpper(text))
	if err != nil || !slices.Contains(types, t) {
		return core.NewError(core.Invalid, "type is SUB, PULL, PUSH, PUB, REQ, DEALER or PAIR")
	}
	w.typ, w.named = t, true
	return nil
}
