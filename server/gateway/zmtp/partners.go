package zmtp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// partners are the types that each type talks to. https://rfc.zeromq.org/spec/23/
var partners = map[core.SocketType][]string{
	core.PAIR: {"PAIR"}, core.PUSH: {"PULL"}, core.PULL: {"PUSH"},
	core.PUB: {"SUB", "XSUB"}, core.XPUB: {"SUB", "XSUB"}, core.SUB: {"PUB", "XPUB"}, core.XSUB: {"PUB", "XPUB"},
	core.REQ: {"REP", "ROUTER"}, core.REP: {"REQ", "DEALER"},
	core.DEALER: {"REP", "DEALER", "ROUTER"}, core.ROUTER: {"REQ", "DEALER", "ROUTER"},
}

// unfit says why a peer that is a socket of some type is not for us; nil: it is, or its type is none, which zmq4 says. It
// speaks of the page's socket: a REQ that pipelines is a DEALER to its peer, but not to the page.
func (s Self) unfit(peer string) error {
	typ := s.pageType()
	_, err := core.ParseSocketType(peer)
	if err != nil || slices.Contains(partners[typ], peer) {
		return nil
	}
	text := fmt.Sprintf("the peer is a %s socket, and %s talks to %s", peer, typ, strings.Join(partners[typ], " or "))
	return misfit{core.NewError(core.Invalid, text)}
}

func (s Self) pageType() core.SocketType {
	if s.Requests {
		return core.REQ
	}
	return s.Type
}

// question asks about a peer that has not said what it is.
func (s Self) question() string {
	typ := s.pageType()
	return fmt.Sprintf("is it a %s, which %s talks to?", strings.Join(partners[typ], " or "), typ)
}

// misfit is the error for a peer whose socket is of a type that ours does not talk to.
type misfit struct{ error }

func (m misfit) Unwrap() error { return m.error }

// IsMisfit tells whether a peer is a socket of a type that ours does not talk to, which does not change by itself.
func IsMisfit(err error) bool {
	var m misfit
	return errors.As(err, &m)
}
