package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// meet is the handshake of a peer that plays the other part of a pair, up to where messages pass.
func (e *end) meet(t *testing.T, p Peer) {
	t.Helper()
	switch e.ours {
	case core.ROUTER:
		p.MeetAs(e.theirs.String(), peerID)
	case core.PUB, core.XPUB:
		p.Meet(1, e.theirs.String())
		p.Say(Frame(0, []byte{1}), Command("PING", 0, 0, '?'))
		for body := []byte(nil); string(body) != "\x04PONG?"; _, body = p.Frame() { // it comes when what was said before is noted
		}
	default:
		p.Meet(1, e.theirs.String())
	}
	Eventually(t, "connected", e.connected)
	if e.ours == core.SUB || e.ours == core.XSUB {
		p.Hear("\x01")
	}
}

// talk passes a text in every direction there is.
func (e *end) talk(t *testing.T, p Peer, words string) {
	t.Helper()
	if e.ours == core.REQ {
		e.send(Text(words))
		p.Say(Echo(p.Message()))
		WantWords(t, Await(t, "a reply", e.in), words)
		return
	}
	if e.hears() {
		m := Text(words)
		if e.ours == core.REP || e.theirs == core.REQ || e.theirs == core.REP {
			m = Text("", words)
		}
		p.Say(Echo(m))
		WantWords(t, Await(t, "a message", e.in), words)
	}
	if e.says() {
		if err := e.send(Text(words)); err != nil {
			t.Fatal(err)
		}
		p.Hear(words)
	}
}

// askBehind makes a request in lock-step, over the connection that is dialled for it.
func (e *end) askBehind(t *testing.T, n callee) {
	t.Helper()
	e.send(Text("hello"))
	p := n.accept()
	p.Meet(1, "ROUTER")
	p.Say(Echo(p.Message()))
	WantWords(t, Await(t, "a reply", e.in), "hello")
}
