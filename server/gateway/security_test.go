package gateway

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// secured is a configuration with one mechanism for every backend.
func secured(s Security) Config {
	c := quick()
	c.Security = func(core.Endpoint) Security { return s }
	return c
}

func TestPlain(t *testing.T) {
	t.Parallel()
	rep := StartPython(t, "secure.py", "plain", "hugo", "secret")
	g := newReq(t, newTestFactory(t, secured(Security{Plain: &Plain{Username: "hugo", Password: "secret"}})), rep.Endpoint())
	for range 3 {
		WantWords(t, request(t, g, Text("hello", "", "plain")).reply, "hello", "", "plain")
	}
}

func TestPlainWithAWrongPassword(t *testing.T) {
	t.Parallel()
	rep := StartPython(t, "secure.py", "plain", "hugo", "secret")
	g := newReq(t, newTestFactory(t, secured(Security{Plain: &Plain{Username: "hugo", Password: "guess"}})), rep.Endpoint())
	got := request(t, g, Text("hello"))
	WantCode(t, got.err, core.Unavailable)
	if !strings.Contains(got.err.Error(), `refuses: "400": its authenticator does not accept the user name and password`) {
		t.Errorf("the reason reads %v", got.err)
	}
}

func TestMechanismsThatDoNotMatch(t *testing.T) {
	t.Parallel()
	rep := StartPython(t, "secure.py", "plain", "hugo", "secret")
	got := request(t, newReq(t, newTestFactory(t, quick()), rep.Endpoint()), Text("hello"))
	WantCode(t, got.err, core.Unavailable)
	// libzmq hangs up as soon as it reads of another mechanism; whether its own has arrived by then is a matter of luck.
	if why := got.err.Error(); !strings.Contains(why, "other security than NULL") && !strings.Contains(why, "wants PLAIN security") {
		t.Errorf("the reason reads %v", got.err)
	}
}

func TestCurve(t *testing.T) {
	t.Parallel()
	public, secret := curve.GenerateKeys()
	rep := StartPython(t, "secure.py", "curve", curve.EncodeKey(public))
	keys := &curve.Keys{Secret: secret, Server: serverKey(t, rep)}
	g := newReq(t, newTestFactory(t, secured(Security{Curve: keys})), rep.Endpoint())
	for _, m := range []core.Message{Text("hello"), Text("", "", ""), Text(strings.Repeat("x", 1<<20), "y"), Text(strings.Repeat("z", 255), strings.Repeat("z", 256))} {
		got := request(t, g, m)
		WantCode(t, got.err, core.OK)
		WantWords(t, got.reply, Words(m)...)
	}
}

func TestCurveThatFails(t *testing.T) {
	t.Parallel()
	public, secret := curve.GenerateKeys()
	rep := StartPython(t, "secure.py", "curve", curve.EncodeKey(public))
	server := serverKey(t, rep)
	_, unknown := curve.GenerateKeys()
	wrong, _ := curve.GenerateKeys()
	for name, keys := range map[string]curve.Keys{
		"wrong server key":   {Secret: secret, Server: wrong},
		"unknown client":     {Secret: unknown, Server: server},
		"no keys to go with": {},
	} {
		t.Run(name, func(t *testing.T) {
			g := newReq(t, newTestFactory(t, secured(Security{Curve: &keys})), rep.Endpoint())
			WantCode(t, request(t, g, Text("hello")).err, core.Unavailable)
		})
	}
}

// TestSecuredSubscriptions: what a libzmq SUB asks for as a command, because we greet as ZMTP 3.1, arrives through PLAIN
// and CURVE as well.
func TestSecuredSubscriptions(t *testing.T) {
	t.Parallel()
	public, secret := curve.GenerateKeys()
	for _, args := range [][]string{{"plain", "hugo", "secret", "sub"}, {"curve", curve.EncodeKey(public), "sub"}} {
		sub := StartPython(t, "secure.py", args...)
		c := secured(Security{Plain: &Plain{Username: "hugo", Password: "secret"}})
		if args[0] == "curve" {
			c = secured(Security{Curve: &curve.Keys{Secret: secret, Server: serverKey(t, sub)}})
		} else {
			sub.Line()
		}
		pub, in := dialPort(t, newTestFactory(t, c), core.XPUB, sub.Endpoint())
		heard := map[int]bool{len(in.Next(t)[0]): true, len(in.Next(t)[0]): true}
		if !heard[len("\x01fx.")] || !heard[1+20_000] {
			t.Errorf("%s: the page hears of prefixes of %v bytes", args[0], heard)
		}
		for _, topic := range []string{"fx.EURUSD", "time", strings.Repeat("l", 20_001)} {
			WantCode(t, pub.Send(Text(topic, ""), nil), core.OK)
		}
		WantWords(t, Text(sub.Hear()...), "9", "0")
		WantWords(t, Text(sub.Hear()...), "20001", "0")
	}
}

func serverKey(t *testing.T, p *Python) (key [curve.KeySize]byte) {
	t.Helper()
	line, _ := p.Line()
	key, err := curve.ParseKey(strings.TrimPrefix(line, "key "))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
