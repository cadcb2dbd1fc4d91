package attack

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestSubscribersThatDoNotRead: peers that connect to where a page has the bridge listen, and take nothing of what they have asked for. What waits
// for them is on the account of the page, which goes on, and the others are served.
func TestSubscribersThatDoNotRead(t *testing.T) {
	t.Parallel()
	news, answers := freeAddress(t), freeAddress(t)
	b := start(t, fmt.Sprintf("limits: {client: 16MiB}\nendpoints:\n  echo: {type: REQ, address: '%s'}\n  news: {type: PUB, bind: true, address: '%s'}\n"+
		"  answers: {type: REP, bind: true, address: '%s'}\n", echo(t), news, answers), nil)
	page, other := b.enter(""), b.enter("")
	page.Open(1, core.PUB, 0, "news")
	other.Open(1, core.REP, 0, "answers")
	if page.Hear(core.KindOpened) == nil || other.Hear(core.KindOpened) == nil {
		t.Fatal("the pages do not get their places: ", page.End(), other.End())
	}
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		for range 10 {
			peer(t, news, gatewaytest.Hello("SUB"), gatewaytest.Frame(0, []byte("\x01a")))
		}
		at, err := core.ParseEndpoint(news)
		if err != nil {
			t.Fatal(err)
		}
		reads := gatewaytest.DialPeer(t, at)
		reads.Meet(1, "SUB")
		reads.Say(gatewaytest.Frame(0, []byte("\x01a")))
		until(t, "they have subscribed", func() bool { return b.metric(`zwb_backend_links{side="accepted"}`) == 11 })
		most := 0
		for n := 0; n%20 > 0 || b.metric(`zwb_dropped_messages_total{reason="slow_peer"}`) < 50; n++ {
			page.Say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{fmt.Append(nil, "a", n), make([]byte, 100<<10)}})
			if m := reads.Message(); string(m[0]) != fmt.Sprint("a", n) { // who reads misses nothing
				t.Fatalf("instead of the %dth comes %.20q", n, m[0])
			}
			if n%20 == 0 {
				most = max(most, b.held("zwb_memory_bytes{"))
			}
			if n > 2000 {
				t.Fatal("nothing is dropped: ", page.End())
			}
		}
		if most > 20*mebibyte {
			t.Errorf("%d MiB are held", most/mebibyte)
		}
	})
	askersThatDoNotRead(t, b, other, answers)
}

// askersThatDoNotRead ask the REP of a page, and leave the answers.
func askersThatDoNotRead(t *testing.T, b *bridge, page *intruder.Intruder, address string) {
	t.Helper()
	request := gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, binary.BigEndian.AppendUint64(nil, 1)), gatewaytest.Frame(gatewaytest.FlagMore, nil),
		gatewaytest.Frame(0, []byte("ask")))
	answer := func() {
		f := page.Hear(core.KindRequest)
		if f == nil || !page.Say(core.Frame{Kind: core.KindReply, Socket: 1, ID: f.ID, Parts: core.Message{make([]byte, 100<<10)}}) {
			t.Fatalf("the page hears %+v, and %v", f, page.End())
		}
	}
	slow := peer(t, address, gatewaytest.Hello("DEALER"))
	until(t, "an answer is dropped", func() bool {
		slow.Write(request)
		answer()
		return b.metric(`zwb_dropped_messages_total{reason="undelivered"}`) > 0
	})
	at, err := core.ParseEndpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	reads := gatewaytest.DialPeer(t, at)
	reads.Meet(1, "DEALER")
	for range 5 {
		reads.Say(request)
		answer()
		if m := reads.Message(); len(m) != 3 || len(m[2]) != 100<<10 {
			t.Fatalf("another backend is answered with %.100q", strings.Join(gatewaytest.Words(m), " "))
		}
	}
	if held := b.held("zwb_memory_bytes{"); held > 20*mebibyte {
		t.Errorf("%d MiB are held", held/mebibyte)
	}
}
