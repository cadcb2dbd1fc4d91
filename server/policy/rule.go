package policy

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Rule allows sockets of some types at some addresses.
type Rule struct {
	bind     bool              // the bridge may listen there, instead of connecting
	http     bool              // also for clients that have come in by a door that needs no library
	types    []core.SocketType // the types that it allows; nil: all
	endpoint core.Endpoint     // the port is in ports
	ports    portRange
	network  netip.Prefix // in which the host is; the zero value: it is the host of endpoint
	names    identities
	folder   string // with an ipc address that ends in /*: the path that all of its addresses begin with
	flow     access.Flow
	history  access.History
	sequence access.Sequence
}

type portRange struct{ first, last uint16 }

// ParseRule reads "[bind] TYPES ADDRESS [OPTIONS]". TYPES is a socket type, several of them separated by commas, or *.
// ADDRESS is an endpoint whose port may also be * or a range, and whose host may be a network. A rule lets pages connect to an address; with the word bind it
// lets them have the bridge listen there. An ipc address may end in /*, which is every address below that folder. For a REP the bridge always listens, so its rule needs no bind.
//
//	REQ tcp://127.0.0.1:10001
//	SUB,REQ tcp://backend:5000-5999
//	* tcp://127.0.0.1:*
//	bind PULL tcp://127.0.0.1:5558
//	SUB ipc:///run/feeds/*
//	SUB tcp://10.0.0.0/8:5556
//	SUB tcp://10.0.0.5:5556 rate=20/s hwm=100 overflow=conflate,drop-oldest
//
// The options are for subscriptions. rate is how many messages per second a subscription gets at most; of those in between it
// gets the last one of each topic. hwm is how many messages wait for a page that does not keep up. overflow says what becomes
// of messages beyond hwm: the first policy of the list is for subscriptions that choose none, and those that choose may have
// any policy of the list. "overflow=conflate,*" lets them choose any policy. history is what the bridge keeps for pages that
// come back: so many messages, for so long, in so much memory, whichever limit is reached first. With history-prefixes it
// keeps only messages that begin with one of a list. A history is kept whether a page is there or not:
//
//	SUB tcp://10.0.0.5:5556 history=10000,60s,16MiB history-prefixes=fx.,time
//
// identity is which names a socket may bear: patterns, in which * stands for any text, and an empty one is for sockets without
// a name. A rule without it allows every name.
//
//	DEALER tcp://127.0.0.1:5555 identity=page-*,kiosk
//
// A rule is for the clients of this project. With http=true it is also for those that need no library, which come in over HTTP and
// by WebSockets of other kinds; the bridge listens nowhere for these.
//
//	SUB tcp://10.0.0.5:5556 http=true
func ParseRule(text string) (Rule, error) {
	fields := strings.Fields(text)
	r := Rule{bind: len(fields) > 0 && fields[0] == "bind"}
	if r.bind {
		fields = fields[1:]
	}
	if len(fields) < 2 {
		return Rule{}, invalid(text, "write it as 'TYPES ADDRESS', like 'REQ tcp://127.0.0.1:10001'")
	}
	bind := r.bind
	r, err := parsePlace(fields[1])
	if err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	r.bind = bind
	if r.types, err = parseTypes(fields[0]); err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	var options []string
	if r.http, options, err = cutHTTP(fields[2:]); err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	names, options, err := cutIdentity(options)
	if err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	r.names = names
	forSubscriptions := len(options)
	history, options, err := cutHistory(options)
	if err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	r.history = history
	if r.flow, err = parseFlow(options); err != nil {
		return Rule{}, invalid(text, reason(err))
	}
	switch {
	case r.http && r.bind:
		return Rule{}, invalid(text, "over HTTP the bridge listens at no address: http=true is for those that it connects to")
	case forSubscriptions > 0 && !r.limits():
		return Rule{}, invalid(text, "history, hwm, overflow and rate are for SUB and XSUB")
	case r.bind && len(options) < forSubscriptions:
		return Rule{}, invalid(text, "the bridge keeps a history where it connects to a publisher, not where it listens")
	}
	return r, nil
}

// cutHTTP takes the option http= out of those that stand after the address of a rule.
func cutHTTP(options []string) (open bool, rest []string, err error) {
	for _, option := range options {
		switch value, ok := strings.CutPrefix(option, "http="); {
		case !ok:
			rest = append(rest, option)
		case value != "true":
			return false, nil, core.NewError(core.Invalid, "http is true, or left out")
		default:
			open = true
		}
	}
	return open, rest, nil
}

func invalid(text, why string) error {
	return core.NewError(core.Invalid, "rule "+strconv.Quote(text)+": "+why)
}

// reason is the text of an error without its code, for use in another error.
func reason(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return err.Error()
}

func parseTypes(list string) ([]core.SocketType, error) {
	if list == "*" {
		return nil, nil
	}
	var types []core.SocketType
	for _, name := range strings.Split(list, ",") {
		t, err := core.ParseSocketType(strings.ToUpper(name))
		if err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	return types, nil
}

// cutPorts takes a wildcard or a range of ports out of a tcp address, and puts a single port in its place. If there is
// neither, it returns the address as it is and the zero portRange.
func cutPorts(address string) (string, portRange, error) {
	colon := strings.LastIndexByte(address, ':')
	if !strings.HasPrefix(address, "tcp://") || colon < len("tcp://") {
		return address, portRange{}, nil
	}
	ports := address[colon+1:]
	if ports == "*" {
		return address[:colon] + ":1", portRange{1, 65535}, nil
	}
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		return address, portRange{}, nil
	}
	first, err1 := strconv.ParseUint(low, 10, 16)
	last, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || first == 0 || first > last {
		return "", portRange{}, core.NewError(core.Invalid, "a range of ports reads 5000-5999")
	}
	return address[:colon] + ":" + low, portRange{uint16(first), uint16(last)}, nil
}

// allows tells whether the rule allows what is asked for.
func (r Rule) allows(a access.Access) bool { return r.fits(a) && r.admits(a) }

// admits tells whether the rule is for those who come in by this door. The bridge listens only for the clients of this project.
func (r Rule) admits(a access.Access) bool {
	return a.Door.NeedsLibrary() || r.http && !a.Bind && a.Type != core.REP
}

// shut says why a rule is not for those who come over HTTP.
func (r Rule) shut() string {
	if r.http {
		return "has the bridge listen nowhere for who comes over HTTP, /ws or /zws"
	}
	return "lacks http: true, so it is not for who comes over HTTP, /ws or /zws"
}

// fits tells whether the rule is about what is asked for, whichever door it is asked at.
func (r Rule) fits(a access.Access) bool {
	if r.bind != a.Bind && a.Type != core.REP || r.types != nil && !slices.Contains(r.types, a.Type) {
		return false
	}
	return r.names.allow(a.Identity) && r.covers(a.Endpoint)
}

// Rules is a list of rules. Something is allowed if one of them allows it. Rules are not changed after parsing, so any
// goroutine may use them.
type Rules []Rule

// ZMQAllowed is the hook Config.ZMQAllowed of package server. A client that may open a socket may subscribe to everything on
// it. The error is Denied.
func (rules Rules) ZMQAllowed(_ context.Context, a access.Access) error {
	for _, r := range rules {
		if r.allows(a) {
			return nil
		}
	}
	return core.NewError(core.Denied, a.String()+" is not allowed here")
}
