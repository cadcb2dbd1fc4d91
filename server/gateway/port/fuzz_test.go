package port

import (
	"bytes"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// FuzzSocket has a peer of any type say anything at all to a socket of ours that listens, with a page behind it. Nothing
// may panic, and when the peer has gone nothing may be left of it.
func FuzzSocket(f *testing.F) {
	for ours, theirs := range map[core.SocketType]string{
		core.PUB: "SUB", core.SUB: "PUB", core.XPUB: "XSUB", core.XSUB: "XPUB", core.PUSH: "PULL", core.PULL: "PUSH",
		core.DEALER: "ROUTER", core.ROUTER: "DEALER", core.PAIR: "PAIR",
	} {
		for _, h := range HostilePeers {
			f.Add(uint8(ours), h.Sends(theirs))
		}
		f.Add(uint8(ours), Join(Greet(1), ReadyAs(theirs, "peer"), Echo(Text("\x01a", "")), Echo(Text("\x01a")), Echo(Text("\x00a")),
			Command("SUBSCRIBE", 'a'), Command("CANCEL", 'b'), Command("PING", 0, 1, 'x'), Echo(Text("", "a"))))
	}
	limits := zmtp.Limits{MaxFrame: 1000, MaxMessage: 2000, MaxParts: 4, MaxCommand: 500}
	f.Fuzz(func(t *testing.T, number uint8, in []byte) {
		ours := core.SocketType(number)
		if !ours.Valid() || ours == core.REQ || ours == core.REP {
			return // these have gateways of their own
		}
		links := link.Config{Config: zmtp.Config{Heartbeat: -1}}.WithDefaults()
		c := Config{Links: &links, Counters: new(link.Counters), Drops: new(drop.Counters)}
		h := &Hub{maxMessage: int(links.Limits.MaxMessage), pattern: newPattern(c, ours, Options{Bind: true})}
		page := &Port{hub: h, receiver: glutton{}}
		if err := h.pattern.join(page); err != nil {
			t.Fatal(err)
		}
		page.Subscribe([]byte("a"), nil)
		us := zmtp.Self{Type: ours, Limits: limits.For(ours)}
		p, err := zmtp.Open(t.Context(), &Script{In: bytes.NewReader(in)}, us, &links.Config, &c.Counters.Traffic)
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
