package gateway

import (
	"bytes"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// FuzzSocket has a peer of any type say anything at all to a socket of ours that listens, with a page behind it. Nothing
// may panic, and when the peer has gone nothing may be left of it.
func FuzzSocket(f *testing.F) {
	for _, p := range endpoints() {
		if !p.bind || p.ours == core.REP {
			continue // REP has a gateway of its own
		}
		theirs := p.theirs.String()
		for _, h := range HostilePeers {
			f.Add(uint8(p.ours), h.Sends(theirs))
		}
		f.Add(uint8(p.ours), Join(Greet(1), ReadyAs(theirs, peerID), Echo(Text("\x01a", "")), Echo(Text("\x01a")), Echo(Text("\x00a")),
			Command("SUBSCRIBE", 'a'), Command("CANCEL", 'b'), Command("PING", 0, 1, 'x'), Echo(Text("", "a"))))
	}
	limits := zmtp.Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, number uint8, in []byte) {
		ours := core.SocketType(number)
		if !ours.Valid() || ours == core.REQ || ours == core.REP {
			return
		}
		links, n := Config{Heartbeat: -1}.links(), new(counters)
		h := &hub{maxMessage: int(links.Limits.MaxMessage), pattern: newPattern(&links.Config, n, ours, PortOptions{Bind: true})}
		page := &Port{hub: h, receiver: glutton{}}
		if err := h.pattern.join(page); err != nil {
			t.Fatal(err)
		}
		page.Subscribe([]byte("a"), nil)
		us := zmtp.Self{Type: ours, Limits: limitsFor(ours, limits)}
		p, err := zmtp.Open(t.Context(), &Script{In: bytes.NewReader(in)}, us, &links.Config, &n.Traffic)
		if err != nil {
			return
		}
		if err := h.pattern.serve(t.Context(), p); err == nil {
			t.Error("it ended for no reason")
		}
		if h.pattern.ready() {
			t.Error("somebody is connected")
		}
		h.pattern.retire(page)
		h.pattern.leave(page)
		h.pattern.close()
		if !h.pattern.idle() {
			t.Error("something is queued")
		}
	})
}

// glutton is a page that takes everything.
type glutton struct{}

func (glutton) Receive(core.Message) bool { return true }
