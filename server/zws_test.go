package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
	"github.com/zmqwebbridge/zmqwebbridge/server/zws"
)

// command is a command of ZWS 2.0.
func command(name, data string) string { return "\x02" + string(rune(len(name))) + name + data }

// property is one of a READY.
func property(name, value string) string {
	return string(rune(len(name))) + name + "\x00\x00\x00" + string(rune(len(value))) + value
}

// readyOf is the READY of a peer of a type.
func readyOf(socketType string) string {
	return command("READY", property("Socket-Type", socketType)+property("Identity", ""))
}

func (s *stranger) saysBytes(messages ...string) {
	s.t.Helper()
	for _, m := range messages {
		s.sayBytes(m)
	}
}

// TestDialectsOfZWS: what peers of each kind say, byte for byte, and what they are answered.
func TestDialectsOfZWS(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	router := startPeer(t, "router", 0)
	_, at := startSockets(t, names{"calc": {rep.address()}, "router": {router.address()}, "any": {rep.address()}}.typed(
		map[string]core.SocketType{"calc": core.REQ, "router": core.DEALER}))
	answer := []string{"binary \x01", "binary \x01hello", "binary \x00w2"}
	isReady := "binary " + command("READY", property("Socket-Type", "ROUTER"))
	for name, test := range map[string]struct {
		path        string
		offers      []string
		chosen      string
		says, wants []string
	}{
		"libzmq":                    {"/zws/calc", []string{"ZWS2.0/NULL", "ZWS2.0"}, "ZWS2.0/NULL", []string{readyOf("REQ")}, []string{isReady}},
		"libzmq, one segment":       {"/calc", []string{"ZWS2.0/NULL", "ZWS2.0"}, "ZWS2.0/NULL", []string{readyOf("REQ")}, []string{isReady}},
		"omq.ts":                    {"/zws/calc", []string{"ZWS2.0"}, "ZWS2.0", []string{readyOf("REQ")}, []string{isReady}},
		"omq.ts, with a password":   {"/zws/calc", []string{"ZWS2.0"}, "ZWS2.0", []string{command("HELLO", "\x01u\x01p"), command("INITIATE", property("Socket-Type", "REQ"))}, []string{"binary " + command("WELCOME", ""), isReady}},
		"libzmq, with a password":   {"/zws/calc", []string{"ZWS2.0/PLAIN"}, "ZWS2.0/PLAIN", []string{command("HELLO", "\x01u\x01p"), command("INITIATE", property("Socket-Type", "REQ"))}, []string{"binary " + command("WELCOME", ""), isReady}},
		"jszmq":                     {"/zws/calc", []string{"ZWS2.0"}, "ZWS2.0", []string{"\x00"}, []string{"binary \x00"}},
		"jszmq, with a name":        {"/zws/calc", []string{"ZWS2.0"}, "ZWS2.0", []string{"\x00me"}, []string{"binary \x00"}},
		"a type in the URL":         {"/zws/any?type=req", []string{"ZWS2.0"}, "ZWS2.0", []string{"\x00"}, []string{"binary \x00"}},
		"a REQ at a DEALER":         {"/zws/router", []string{"ZWS2.0/NULL"}, "ZWS2.0/NULL", []string{readyOf("REQ")}, []string{isReady}},
		"a DEALER at a REQ":         {"/zws/calc", []string{"ZWS2.0/NULL"}, "ZWS2.0/NULL", []string{readyOf("DEALER")}, []string{isReady}},
		"a DEALER with an envelope": {"/zws/calc", []string{"ZWS2.0/NULL"}, "ZWS2.0/NULL", []string{readyOf("DEALER"), "\x01id", "\x01", "\x00x", command("PING", "\x00\x00ctx")}, []string{isReady}},
	} {
		t.Run(name, func(t *testing.T) {
			s, resp := comeIn(t, at+test.path, test.offers)
			if s == nil || s.ws.Subprotocol() != test.chosen {
				t.Fatalf("%v", resp)
			}
			s.sayBytes(test.says[0])
			for i, want := range test.wants {
				s.wants(want)
				if i+1 < len(test.wants) {
					s.sayBytes(test.says[i+1])
				}
			}
			if strings.Contains(name, "envelope") {
				s.saysBytes(test.says[1:]...)
				heard := map[string]bool{}
				for range 4 {
					heard[s.hears()] = true
				}
				if !heard["binary \x01id"] || !heard["binary \x00x"] || !heard["binary "+command("PONG", "ctx")] {
					t.Errorf("%v", heard)
				}
				return
			}
			s.saysBytes("\x01", "\x01hello", "\x00w2")
			s.wants(answer...)
		})
	}
}

func TestSubscribersOfZWS(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "peer", 0, "--type", "XPUB")
	b, at := startSockets(t, names{"feed": {pub.address()}}.typed(map[string]core.SocketType{"feed": core.SUB}))
	byMessage, _ := comeIn(t, at+"/zws/feed", []string{"ZWS2.0/NULL"})
	byMessage.saysBytes(readyOf("SUB"))
	byMessage.wants("binary " + command("READY", property("Socket-Type", "PUB")))
	count := 0
	says := func(s *stranger, message string, more int) {
		t.Helper()
		count += more
		s.sayBytes(message)
		waitFor(t, fmt.Sprintf("%d subscriptions after %q", count, message), func() bool { return b.Stats().Subscriptions == count })
	}
	says(byMessage, "\x00\x01fx.", 1)
	says(byMessage, "\x00\x01eq.", 1)
	says(byMessage, "\x00\x01eq.", 1)
	says(byMessage, "\x00\x00eq.", -1)
	byCommand, _ := comeIn(t, at+"/zws/feed", []string{"ZWS2.0"})
	byCommand.saysBytes(readyOf("SUB"))
	byCommand.wants("binary " + command("READY", property("Socket-Type", "PUB")))
	says(byCommand, command("SUBSCRIBE", "fx."), 1)
	says(byCommand, command("SUBSCRIBE", "time"), 1)
	says(byCommand, command("CANCEL", "time"), -1)
	pub.hearAll("\x01fx.", "\x01eq.")
	pub.tell("time", "12:00")
	pub.tell("eq.SAP", "7")
	pub.tell("fx.EURUSD", "1.1")
	byCommand.wants("binary \x01fx.EURUSD", "binary \x001.1")
	byMessage.wants("binary \x01eq.SAP", "binary \x007", "binary \x01fx.EURUSD", "binary \x001.1")
}

// TestPeersOfZWSAnswer: a peer that is a REP serves a backend that asks.
func TestPeersOfZWSAnswer(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := fmt.Sprint("tcp://127.0.0.1:", port)
	_, at := startSockets(t, names{"work": {address}}.typed(map[string]core.SocketType{"work": core.REP}, "work"))
	s, _ := comeIn(t, at+"/zws/work", []string{"ZWS2.0/NULL"})
	s.saysBytes(readyOf("REP"))
	s.wants("binary " + command("READY", property("Socket-Type", "DEALER")))
	req := startPeer(t, "req", port)
	req.tell("question", "of two parts")
	s.wants("binary \x01", "binary \x01question", "binary \x00of two parts")
	s.saysBytes("\x01", "\x00answer")
	if got := req.hear(); got[0] != "answer" {
		t.Errorf("%q", got)
	}
}

func TestPeersOfZWSThatAreRefused(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.typed(map[string]core.SocketType{"calc": core.REQ})
	cfg.MaxMessage = 1 << 20
	cfg.HelloTimeout = 500 * time.Millisecond
	_, at := startSockets(t, cfg)
	large := "\x01" + strings.Repeat("x", 600<<10)
	for name, test := range map[string]struct {
		offers []string
		says   []string
		wants  string
	}{
		"nothing":                     {[]string{"ZWS2.0/NULL"}, nil, "4001 no Hello in time"},
		"a ROUTER":                    {[]string{"ZWS2.0/NULL"}, []string{readyOf("ROUTER")}, "4503 unsupported: a ROUTER cannot connect here"},
		"no type":                     {[]string{"ZWS2.0/NULL"}, []string{command("READY", "")}, "4503 unsupported: a peer of this type cannot connect here"},
		"no flag":                     {[]string{"ZWS2.0"}, []string{""}, "4500 invalid: a message of ZWS 2.0 is binary, with a flag of 0, 1 or 2 and a body"},
		"a flag that is none":         {[]string{"ZWS2.0"}, []string{"\x03"}, "4500 invalid: a message of ZWS 2.0 is binary, with a flag of 0, 1 or 2 and a body"},
		"a name that is too long":     {[]string{"ZWS2.0"}, []string{"\x00" + strings.Repeat("x", 256)}, "4502 protocol: this is not how a peer of ZWS2.0 begins"},
		"a name in two parts":         {[]string{"ZWS2.0"}, []string{"\x01me"}, "4502 protocol: this is not how a peer of ZWS2.0 begins"},
		"no handshake":                {[]string{"ZWS2.0/NULL"}, []string{"\x00"}, "4502 protocol: this is not how a peer of ZWS2.0/NULL begins"},
		"no password":                 {[]string{"ZWS2.0/PLAIN"}, []string{readyOf("REQ")}, "4502 protocol: this command may not come now"},
		"a command that is cut":       {[]string{"ZWS2.0/NULL"}, []string{"\x02\x09READY"}, "4500 invalid: a command of ZWS 2.0 cannot be read"},
		"properties that are cut":     {[]string{"ZWS2.0/NULL"}, []string{command("READY", "\x0bSocket-Type\xff\xff\xff\xffREQ")}, "4500 invalid: a command of ZWS 2.0 cannot be read"},
		"a message that is too large": {[]string{"ZWS2.0"}, []string{"\x00", large, large}, "4501 too_large: a message has too many parts, or is too large"},
		"a publisher's SUBSCRIBE":     {[]string{"ZWS2.0"}, []string{"\x00", "\x01", "\x00x", command("SUBSCRIBE", "")}, "4502 protocol: only a SUB subscribes"},
	} {
		t.Run(name, func(t *testing.T) {
			s, resp := comeIn(t, at+"/zws/calc", test.offers)
			if s == nil {
				t.Fatal(resp)
			}
			s.saysBytes(test.says...)
			got := s.hears()
			for strings.HasPrefix(got, "binary ") {
				got = s.hears()
			}
			if got != test.wants {
				t.Errorf("got  %s\nwant %s", got, test.wants)
			}
		})
	}
	if s, resp := comeIn(t, at+"/zws/calc", []string{"zwb.v1"}); s != nil || resp.StatusCode != 501 {
		t.Errorf("another subprotocol: %v", resp)
	}
}

// TestPasswordsOfZWS: they are the credentials of the session.
func TestPasswordsOfZWS(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.typed(map[string]core.SocketType{"calc": core.REQ})
	shown := make(chan string, 10)
	cfg.Authenticate = func(_ context.Context, _ *http.Request, credentials []byte) (any, error) {
		shown <- string(credentials)
		if !strings.Contains(string(credentials), "secret") {
			return nil, core.NewError(core.Unauthenticated, "who is this?")
		}
		return "alice", nil
	}
	_, at := startSockets(t, cfg)
	for hello, want := range map[string][2]string{
		"\x05alice\x06secret": {`{"password":"secret","user":"alice"}`, "binary " + command("WELCOME", "")},
		"\x00\x06secret":      {`{"token":"secret"}`, "binary " + command("WELCOME", "")},
		"\x05alice\x05guess":  {`{"password":"guess","user":"alice"}`, "4510 who is this?"},
	} {
		s, _ := comeIn(t, at+"/zws/calc", []string{"ZWS2.0/PLAIN"})
		s.sayBytes(command("HELLO", hello))
		if got := s.hears(); got != want[1] {
			t.Errorf("%q: %s", hello, got)
		}
		if got := <-shown; got != want[0] {
			t.Errorf("%q is %s", hello, got)
		}
	}
}

// FuzzZWS: whatever a peer says, its WebSocket ends with a code of the protocol, and the bridge does not blame itself.
func FuzzZWS(f *testing.F) {
	for _, subprotocol := range []string{"ZWS2.0", "ZWS2.0/NULL", "ZWS2.0/PLAIN"} {
		f.Add(subprotocol, "SUB", []byte("\x00"), []byte("\x00\x01x"), []byte("\x00\x00x"))
		f.Add(subprotocol, "REQ", []byte(readyOf("REQ")), []byte("\x01"), []byte("\x00x"))
		f.Add(subprotocol, "PUB", []byte(command("HELLO", "\x01u\x01p")), []byte(command("INITIATE", property("Socket-Type", "PUB"))), []byte(command("PING", "\x00\x00")))
		f.Add(subprotocol, "PAIR", []byte(readyOf("PAIR")), []byte(command("SUBSCRIBE", "x")), []byte("\x03"))
	}
	b := New(Config{Log: quiet})
	f.Cleanup(b.Close)
	f.Fuzz(func(t *testing.T, subprotocol, typ string, first, second, third []byte) {
		r := httptest.NewRequest("GET", "/zws/feed?type="+url.QueryEscape(typ), nil)
		r.Header.Set("Sec-WebSocket-Protocol", subprotocol)
		chosen := zws.Choose(r)
		wish, err := zws.Parse(r, chosen, "feed", nil)
		if chosen == "" || err != nil {
			return
		}
		code := play(b, func(c *scripted) session.Conn { return zws.New(c, translator.Config{MaxMessage: 1 << 20}, wish) }, first, second, third)
		if code == core.CloseInternal {
			t.Error("the bridge blames itself")
		}
	})
}
