package gateway

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// meet is the handshake of a peer that plays the other part of a pair, up to where messages pass.
func (e *end) meet(t *testing.T, p fakePeer) {
	t.Helper()
	switch e.ours {
	case core.ROUTER:
		p.meetAs(e.theirs.String(), peerID)
	case core.PUB, core.XPUB:
		p.meet(1, e.theirs.String())
		p.say(frame(0, []byte{subscribeByte}))
		audience := e.port.socket.pattern.(*publisher)
		eventually(t, "subscribed", func() bool { return subscriptionsOf(audience) == 1 })
	default:
		p.meet(1, e.theirs.String())
	}
	eventually(t, "connected", e.connected)
	if e.ours == core.SUB || e.ours == core.XSUB {
		p.hear("\x01")
	}
}

// talk passes a text in every direction there is.
func (e *end) talk(t *testing.T, p fakePeer, words string) {
	t.Helper()
	if e.ours == core.REQ {
		e.send(text(words))
		p.say(echo(p.message()))
		wantWords(t, await(t, "a reply", e.in), words)
		return
	}
	if e.hears() {
		m := text(words)
		if e.ours == core.REP || e.theirs == core.REQ || e.theirs == core.REP {
			m = text("", words)
		}
		p.say(echo(m))
		wantWords(t, await(t, "a message", e.in), words)
	}
	if e.says() {
		if err := e.send(text(words)); err != nil {
			t.Fatal(err)
		}
		p.hear(words)
	}
}

// hear reads until a part has come, past everything else.
func (f fakePeer) hear(part string) {
	f.t.Helper()
	for {
		if flags, body := f.frame(); flags&flagCommand == 0 && string(body) == part {
			return
		}
	}
}

// askBehind makes a request in lock-step, over the connection that is dialled for it.
func (e *end) askBehind(t *testing.T, n callee) {
	t.Helper()
	e.send(text("hello"))
	p := n.accept()
	p.meet(1, "ROUTER")
	p.say(echo(p.message()))
	wantWords(t, await(t, "a reply", e.in), "hello")
}
