package gateway

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestWrongPeer is named in the words of the page, whose socket is a REQ also where the bridge is a DEALER to the peer.
func TestWrongPeer(t *testing.T) {
	t.Parallel()
	for theirs, want := range map[string]string{
		"PUB":    "the peer is a PUB socket, and REQ talks to REP or ROUTER",
		"DEALER": "the peer is a DEALER socket, and REQ talks to REP or ROUTER",
	} {
		l := ListenLocal(t)
		_, failed := ask(newReq(t, newTestFactory(t, quick()), EndpointOf(l.Addr())), Text("x"), Patience)
		AcceptPeer(t, l).Meet(1, theirs)
		err := Await(t, "the failure", failed).err
		WantCode(t, err, core.Invalid)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the reason is %v, want %q", err, want)
		}
	}
	l := ListenLocal(t)
	reasons := make(chan error, 10)
	defer newSub(t, newTestFactory(t, quick()), EndpointOf(l.Addr())).Watch(watcher{func(err error) { reasons <- err }})()
	AcceptPeer(t, l).Meet(1, "ROUTER")
	err := Await(t, "the reason", reasons)
	WantCode(t, err, core.Invalid)
	if want := "the peer is a ROUTER socket, and SUB talks to PUB or XPUB"; !strings.Contains(err.Error(), want) {
		t.Errorf("the reason is %v, want %q", err, want)
	}
}

// TestWrongPeerThatHangsUp: libzmq may do so before it has said what it is. Then it is asked.
func TestWrongPeerThatHangsUp(t *testing.T) {
	t.Parallel()
	peer := StartPeer(t, "PUB", core.Endpoint{})
	err := request(t, newReq(t, newTestFactory(t, quick()), peer.Endpoint()), Text("x")).err
	if why := err.Error(); !strings.Contains(why, "and REQ talks to REP or ROUTER") && !strings.Contains(why, "is it a REP or ROUTER, which REQ talks to?") {
		t.Errorf("the reason is %v", err)
	}
}

// TestRefusalIsExplained: libzmq says no more than a status code.
func TestRefusalIsExplained(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"300": `the peer refuses: "300": its authenticator cannot answer at the moment`,
		"400": `the peer refuses: "400": its authenticator does not accept the user name and password that are configured for it`,
		"500": `the peer refuses: "500": its authenticator failed`,
		"no":  `the peer refuses: "no"`,
	} {
		l := ListenLocal(t)
		c := quick()
		c.Security = func(core.Endpoint) Security { return Security{Plain: &Plain{Username: "u", Password: "p"}} }
		_, failed := ask(newReq(t, newTestFactory(t, c), EndpointOf(l.Addr())), Text("x"), Patience)
		p := AcceptPeer(t, l)
		p.Say(GreetWith(func(b []byte) { copy(b[12:], "PLAIN\x00") }), Command("ERROR", append([]byte{byte(len(status))}, status...)...))
		err := Await(t, "the failure", failed).err
		WantCode(t, err, core.Unavailable)
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("the reason is %v, want %q", err, want)
		}
	}
}
