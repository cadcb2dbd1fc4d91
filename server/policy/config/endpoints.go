package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const (
	maxName      = 64 // letters of an endpoint's name
	maxAddresses = 16 // of an endpoint; that many a socket may have, too
)

// badName says why an endpoint cannot have a name. What has "://" in it is an address.
func badName(name string) string {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	other := func(r rune) bool { return !letter(r) && !(r >= '0' && r <= '9') && !strings.ContainsRune("._-", r) }
	if name == "" || len(name) > maxName || !letter(rune(name[0])) || strings.ContainsFunc(name, other) {
		return "the name of an endpoint is a letter, and up to " + strconv.Itoa(maxName-1) + " letters, digits, or any of ._-, not " + strconv.Quote(clip(name))
	}
	return ""
}

// shape is what endpoints and addresses have in common.
type shape struct {
	path  string
	types Strings // empty: all
	bind  bool
}

// has tells whether one of the types is allowed there.
func (s shape) has(types ...string) bool {
	return len(s.types) == 0 || slices.ContainsFunc(s.types, func(t string) bool { return slices.Contains(types, t) })
}

// hasOther returns a type that is allowed there besides these; "" if there is none.
func (s shape) hasOther(types ...string) string {
	for _, t := range s.types {
		if !slices.Contains(types, t) {
			return t
		}
	}
	return ""
}

func (c *checker) endpoint(path, name string, e Endpoint) {
	if why := badName(name); why != "" {
		c.wrong(path, why)
	}
	if len(e.Type) == 0 {
		c.wrong(path, name+" needs type: the sockets that pages have, as in SUB")
	}
	if len(e.Address) == 0 {
		c.wrong(path, name+" needs address: where it is, as in tcp://10.0.0.5:5556")
	}
	c.twice(path+".type", e.Type)
	c.twice(path+".address", e.Address)
	c.each(path+".address", e.Address, func(address string) string {
		if _, err := core.ParseEndpoint(address); err != nil {
			return reason(err)
		}
		return ""
	})
	if len(e.Address) > maxAddresses {
		c.wrong(path+".address", "an endpoint has at most "+strconv.Itoa(maxAddresses)+" addresses")
	}
	if len(e.Type) == 0 || c.file.isBroken(path+".type") {
		return // everything else depends on it
	}
	s := shape{path, e.Type, e.Bind}
	c.binding(s, len(e.Address))
	c.flow(s, e.Topics, e.Publish, e.Overflow, e.HWM, e.Rate, e.History)
	c.memory(s, e)
	c.sequence(s, e.Sequence)
	c.replay(s, e)
	c.calls(s, e)
	c.identity(s, e.Identity)
	if other := s.hasOther("REQ", "PUSH", "DEALER"); e.Caller != nil && other != "" {
		c.wrong(path+".caller", "caller is for REQ, PUSH and DEALER; with "+other+" nobody would be named")
	}
}

func (c *checker) address(path string, a Address) {
	if a.Address == "" {
		c.wrong(path, "an entry needs address, as in tcp://10.0.0.0/8:5000-5999")
	}
	c.twice(path+".types", a.Types)
	if c.file.isBroken(path + ".types") {
		return
	}
	s := shape{path, a.Types, a.Bind}
	if len(a.Types) > 0 {
		c.binding(s, 1)
	}
	if a.HTTP && (a.Bind || len(a.Types) > 0 && s.hasOther("REP") == "") {
		c.wrong(path+".http", "over HTTP the bridge listens at no address: http is for those that it connects to")
	}
	c.flow(s, a.Topics, a.Publish, a.Overflow, a.HWM, a.Rate, a.History)
	c.identity(s, a.Identity)
}

// binding: a REQ connects, a REP listens, and the others do either.
func (c *checker) binding(s shape, addresses int) {
	switch other := s.hasOther("REP"); {
	case s.bind && slices.Contains(s.types, "REQ"):
		c.wrong(s.path+".bind", "a REQ always connects; bind is for the other types")
	case !s.bind && other != "" && slices.Contains(s.types, "REP"):
		c.wrong(s.path, "a REP listens at the address, and "+other+" connects to it: give them an entry each")
	case addresses > 1 && (s.bind || other == ""):
		c.wrong(s.path+".address", "the bridge listens at one address")
	}
}

// flow checks what concerns messages that come and go unasked.
func (c *checker) flow(s shape, topics, publish, overflow Strings, hwm int, rate Rate, history *History) {
	subscribes, publishes := s.has("SUB", "XSUB"), s.has("PUB", "XPUB")
	for name, said := range map[string]bool{"topics": topics != nil, "overflow": overflow != nil, "hwm": hwm != 0, "history": history != nil} {
		if said && !subscribes {
			c.wrong(s.path+"."+name, name+" is for SUB and XSUB")
		}
	}
	if publish != nil && !publishes {
		c.wrong(s.path+".publish", "publish is for PUB and XPUB")
	}
	c.twice(s.path+".overflow", overflow)
	const most = 1000
	switch {
	case rate != 0 && !subscribes && !s.has("PUB", "XPUB", "PUSH", "DEALER", "ROUTER", "PAIR"):
		c.wrong(s.path+".rate", "rate is for types that subscribe, and for those that send of their own accord")
	case rate > most && subscribes:
		c.wrong(s.path+".rate", "the rate of a subscription is up to "+strconv.Itoa(most)+"/s")
	}
	if history != nil && subscribes {
		c.history(s, history)
	}
}

func (c *checker) history(s shape, h *History) {
	path := s.path + ".history"
	switch {
	case s.bind:
		c.wrong(path, "the bridge keeps a history where it connects to a publisher, not where it listens")
	case h.Messages == 0 && h.Age == 0 && h.Size == 0:
		c.wrong(path, "history needs messages, age or size, as in {messages: 10000, age: 60s, size: 16MiB}")
	}
	c.twice(path+".prefixes", h.Prefixes)
	if h.Durable {
		c.durable(s, path, h)
	}
}

// durable: what all bridges have in common is one stream of all that the publisher says.
func (c *checker) durable(s shape, path string, h *History) {
	switch {
	case strings.HasPrefix(s.path, "addresses"):
		c.wrong(path+".durable", "a durable history is that of an endpoint with a name: write the address under endpoints")
	case c.file.Cluster == nil && c.file.Keep == "":
		c.wrong(path+".durable", "a durable history is kept in a cluster or in a folder: say with cluster or history_dir where that is")
	case h.Messages != 0:
		c.wrong(path+".messages", "a durable history is bounded by age and size, and not by messages")
	case h.Prefixes != nil:
		c.wrong(path+".prefixes", "a durable history has all topics: leave prefixes out")
	}
}

// sequence is of what the bridge hears as a subscriber.
func (c *checker) sequence(s shape, n *Sequence) {
	switch {
	case n == nil:
	case !s.has("SUB", "XSUB") || s.bind:
		c.wrong(s.path+".sequence", "sequence is for SUB and XSUB that connect: the bridge follows the count of the publisher it connects to")
	case n.Format == "":
		c.wrong(s.path+".sequence", "sequence needs format, as in {part: 1, format: u64be}")
	case !strings.HasPrefix(n.Format, jsonFormat) || n.Format == jsonFormat:
		if why := notOneOf(n.Format, "format", numberFormats); why != "" {
			c.wrong(s.path+".sequence.format", why)
		}
	}
}

// How the number may be written: as one of these, or under a key of an object.
const (
	numberFormats = `one:"u64be u64le u32be u32le ascii json:KEY"`
	jsonFormat    = "json:"
)

// replay is asked for what is missing in the count of one publisher.
func (c *checker) replay(s shape, e Endpoint) {
	path := s.path + ".replay"
	switch r := e.Replay; {
	case r == nil:
	case e.Sequence == nil:
		c.wrong(path, "replay needs sequence, which tells what is missing")
	case e.Sequence.Per != "":
		c.wrong(path, "replay is asked for numbers, and with sequence.per each topic has its own: leave one of them out")
	case len(e.Address) > 1:
		c.wrong(path, "replay is that of one publisher; give each address an endpoint of its own")
	case r.Address == "" || r.Request == "":
		c.wrong(path, "replay needs address and request, as in {address: tcp://10.0.0.5:5558, request: u64be}")
	default:
		if _, err := core.ParseAddress(r.Address); err != nil {
			c.wrong(path+".address", reason(err))
		}
	}
}

// memory bounds what is kept of a publisher, and what waits for backends.
func (c *checker) memory(s shape, e Endpoint) {
	path := s.path + ".memory"
	switch {
	case e.Memory == 0:
	case s.hasOther("SUB", "XSUB", "PULL") != "" && e.History == nil: // what waits for backends
	case !s.has("SUB", "XSUB") || s.bind:
		c.wrong(path, "memory is for types that send, and for SUB and XSUB that connect; nothing is kept for others")
	case e.History == nil && c.whole.ZMQ.LastValues == 0:
		c.wrong(path, "memory bounds the history and the last values; this endpoint has neither")
	case e.History != nil && e.History.Size > e.Memory && c.file.Said(s.path+".history.size"):
		c.wrong(path, "memory ("+text(e.Memory)+") must be at least as much as history.size ("+text(e.History.Size)+")")
	}
}

// calls checks what concerns requests, and what may be in messages of clients.
func (c *checker) calls(s shape, e Endpoint) {
	c.twice(s.path+".functions", e.Functions)
	if other := s.hasOther("REQ", "DEALER"); e.Functions != nil && other != "" {
		c.wrong(s.path+".functions", "functions is for REQ and DEALER; with "+other+" everything could be sent")
	}
	if e.Timeout != nil && !s.has("REQ") {
		c.wrong(s.path+".timeout", "timeout is for REQ")
	}
	if e.Message != (Message{}) && s.hasOther("SUB", "XSUB", "PULL") == "" {
		c.wrong(s.path+".message", "message is for types that send, and "+strings.Join(s.types, ", ")+" does not")
	}
	if e.Message.Max > c.whole.Limits.Message {
		c.wrong(s.path+".message.max", "max is more than limits.message allows, which is "+text(c.whole.Limits.Message))
	}
}

// identity: those types have no name at their backend.
func (c *checker) identity(s shape, identity Strings) {
	if identity != nil && s.hasOther("SUB", "XSUB", "PUB", "XPUB", "PUSH", "PULL") == "" && len(s.types) > 0 {
		c.wrong(s.path+".identity", "identity is for REQ, REP, DEALER, ROUTER and PAIR; no backend sees one of "+strings.Join(s.types, ", "))
	}
}
