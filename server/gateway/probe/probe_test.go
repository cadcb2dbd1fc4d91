package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// probed is the peers of testdata/probe.py: where each is, and the keys of the one behind CURVE.
type probed struct {
	endpoints      map[string]core.Endpoint
	server, client [curve.KeySize]byte // the server's public key, the client's secret one
}

func startProbed(t *testing.T) probed {
	t.Helper()
	p := StartPython(t, "probe.py")
	var ports map[string]uint16
	var keys struct{ Server, Client string }
	for _, into := range []any{&ports, &keys} {
		line, _ := p.Line()
		if err := json.Unmarshal([]byte(line), into); err != nil {
			t.Fatalf("probe.py says %q: %v", line, err)
		}
	}
	peers := probed{endpoints: make(map[string]core.Endpoint)}
	for name, port := range ports {
		peers.endpoints[name] = core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: port}
	}
	for text, key := range map[string]*[curve.KeySize]byte{keys.Server: &peers.server, keys.Client: &peers.client} {
		var err error
		if *key, err = curve.ParseKey(text); err != nil {
			t.Fatal(err)
		}
	}
	return peers
}

func TestProbeLibzmq(t *testing.T) {
	t.Parallel()
	peers := startProbed(t)
	tests := []struct {
		name      string
		mechanism string
		pings     int
		finding   Finding
	}{
		{"REP", "NULL", probePings, Usable},
		{"ROUTER", "NULL", probePings, Usable},
		{"PUB", "NULL", probePings, Usable},
		{"XPUB", "NULL", probePings, Usable},
		{"SUB", "NULL", probePings, Usable},
		{"XSUB", "NULL", probePings, Usable},
		{"PULL", "NULL", probePings, Usable},
		{"PUSH", "NULL", 0, Usable},
		{"DEALER", "NULL", 0, Usable},
		{"REQ", "NULL", 0, Usable},
		{"PAIR", "NULL", 0, Usable},
		{"PLAIN REP", "PLAIN", 0, Secured},
		{"CURVE REP", "CURVE", 0, Secured},
	}
	t.Run("types", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				r, err := Probe(t.Context(), peers.endpoints[test.name], Config{Timeout: Patience})
				WantCode(t, err, core.OK)
				if r.Finding != test.finding || r.Mechanism != test.mechanism || r.Pings != test.pings {
					t.Errorf("%+v", r)
				}
				if r.Major != 3 || r.Minor != 1 || r.RoundTrip <= 0 || r.Reached != peers.endpoints[test.name].HostPort() {
					t.Errorf("%+v", r)
				}
				if test.finding == Usable && r.SocketType != test.name {
					t.Errorf("it is taken for a %q", r.SocketType)
				}
				if test.name == "ROUTER" && string(r.Identity) != "me" {
					t.Errorf("its identity is %q", r.Identity)
				}
			})
		}
		t.Run("STREAM", func(t *testing.T) { // is no ZMTP
			t.Parallel()
			r, err := Probe(t.Context(), peers.endpoints["STREAM"], Config{Timeout: time.Second})
			WantCode(t, err, core.Timeout)
			if r.Finding != Silent {
				t.Errorf("%+v", r)
			}
		})
	})

	// What waited for somebody else is still there.
	for name, partner := range map[string]string{"PUSH": "PULL", "DEALER": "DEALER", "REQ": "REP", "PAIR": "PAIR"} {
		p := DialPeer(t, peers.endpoints[name])
		p.Say(Hello(partner))
		p.ReadFull(make([]byte, GreetingSize))
		p.Frame() // READY
		m := p.Message()
		if got := string(m[len(m)-1]); got != "work" {
			t.Errorf("%s: %q was left", name, got)
		}
	}
}

func TestProbeCredentials(t *testing.T) {
	t.Parallel()
	peers := startProbed(t)
	_, unknown := curve.GenerateKeys()
	right := access.Security{Plain: &access.Plain{Username: "hugo", Password: "secret"}}
	tests := []struct {
		name, peer string
		security   access.Security
		finding    Finding
		code       core.Code
		text       string // of the error; without one, the socket type
	}{
		{"none", "PLAIN REP", access.Security{}, Secured, core.OK, ""},
		{"for another mechanism", "PLAIN REP", access.Security{Curve: new(curve.Keys)}, Secured, core.OK, ""},
		{"wrong password", "PLAIN REP", access.Security{Plain: &access.Plain{Username: "hugo", Password: "guess"}}, Rejected, core.Denied, `refuses: "400`},
		{"right for a REP", "PLAIN REP", right, Usable, core.OK, "REP"},
		{"right for an XPUB", "PLAIN XPUB", right, Usable, core.OK, "XPUB"},
		{"right for a PULL", "PLAIN PULL", right, Usable, core.OK, "PULL"},
		{"right for a SUB", "PLAIN SUB", right, Usable, core.OK, "SUB"},
		{"right for a PUSH", "PLAIN PUSH", right, Rejected, core.Denied, "leaves in peace"},
		{"no keys", "CURVE REP", access.Security{Curve: new(curve.Keys)}, Rejected, core.Denied, "no secret key"},
		{"wrong server key", "CURVE REP", access.Security{Curve: &curve.Keys{Secret: peers.client, Server: unknown}}, Rejected, core.Denied, "server key"},
		{"unknown client", "CURVE REP", access.Security{Curve: &curve.Keys{Secret: unknown, Server: peers.server}}, Rejected, core.Denied, `refuses: "400`},
		{"right keys", "CURVE REP", access.Security{Curve: &curve.Keys{Secret: peers.client, Server: peers.server}}, Usable, core.OK, "REP"},
		{"not the question", "NULL behind ZAP", access.Security{}, Rejected, core.Denied, `refuses: "400`},
		{"not needed", "REP", right, Usable, core.OK, "REP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Config{Timeout: Patience, Security: func(core.Endpoint) access.Security { return test.security }}
			r, err := Probe(t.Context(), peers.endpoints[test.peer], c)
			WantCode(t, err, test.code)
			switch {
			case r.Finding != test.finding:
				t.Errorf("found %q, %v", r.Finding, err)
			case err != nil && !strings.Contains(err.Error(), test.text):
				t.Errorf("it says %q, want %q in it", err, test.text)
			case err == nil && r.SocketType != test.text:
				t.Errorf("%+v", r)
			case r.Finding == Usable && r.Pings != probePings:
				t.Errorf("%+v", r)
			}
		})
	}
}

// foreigner is a peer that says something once it hears somebody, and may then hang up.
type foreigner struct {
	says  []byte
	fin   bool
	reply string // to somebody who asks for a page, instead
}

// dial is a Config.Dial that reaches the foreigner over a pipe.
func (f foreigner) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		heard := make([]byte, 1024)
		n, _ := theirs.Read(heard)
		answer, fin := f.says, f.fin
		if f.reply != "" && bytes.HasPrefix(heard[:n], []byte("GET ")) {
			answer, fin = []byte(f.reply), false
		}
		go io.Copy(io.Discard, theirs) // ends with the connection
		theirs.Write(answer)
		if fin {
			theirs.Close()
		}
	}()
	return ours, nil
}

// probeForeigner probes in fake time.
func probeForeigner(t *testing.T, f foreigner) (r Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		r, err = Probe(t.Context(), core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 5555}, Config{Dial: f.dial})
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	return r, err
}

func TestProbeForeigners(t *testing.T) {
	greeted := Greet(1)
	tests := []struct {
		name string
		foreigner
		finding Finding
		code    core.Code
		text    string
	}{
		{"silence", foreigner{}, Silent, core.Timeout, "says nothing"},
		{"hang-up", foreigner{fin: true}, HungUp, core.Lost, "without a word"},
		{"web server", foreigner{reply: "HTTP/1.1 404 Not Found\r\n\r\n"}, Web, core.Protocol, `a web server, not ZeroMQ: it says "HTTP/1.1 404 Not Found"`},
		{"web server that complains", foreigner{says: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), reply: "HTTP/1.1 101 Switching Protocols\r\n"}, WebSocket, core.Protocol, "a WebSocket server"},
		{"web server that complains and hangs up", foreigner{says: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), fin: true}, Web, core.Protocol, "a web server"},
		{"WebSocket elsewhere", foreigner{reply: "HTTP/1.1 426 Upgrade Required\r\n\r\n"}, WebSocket, core.Protocol, "a WebSocket server"},
		{"TLS", foreigner{says: []byte("\x15\x03\x01\x00\x02\x02\x46"), fin: true}, TLS, core.Protocol, "a TLS server"},
		{"HTTPS", foreigner{fin: true, reply: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server."}, TLS, core.Protocol, "a web server behind TLS"},
		{"SSH", foreigner{says: []byte("SSH-2.0-OpenSSH_9.2\r\n")}, Foreign, core.Protocol, `an SSH server, not ZeroMQ: it says "SSH-2.0-OpenSSH_9.2"`},
		{"garbage", foreigner{says: bytes.Repeat([]byte{0, 1, 2, 3}, 1000)}, Foreign, core.Protocol, "another protocol"},
		{"garbage that begins like ZMTP", foreigner{says: bytes.Repeat([]byte{0xff}, 100)}, Foreign, core.Protocol, "another protocol"},
		{"half a greeting", foreigner{says: greeted[:30]}, Broken, core.Protocol, "stops within the greeting"},
		{"half a greeting, then FIN", foreigner{says: greeted[:30], fin: true}, Broken, core.Protocol, "hangs up within the greeting"},
		{"one byte of a greeting", foreigner{says: greeted[:1]}, Broken, core.Protocol, "stops within the greeting"},
		{"greeting without READY", foreigner{says: greeted}, Broken, core.Protocol, "greets as ZMTP 3.1 and then says nothing"},
		{"greeting, then FIN", foreigner{says: greeted, fin: true}, Broken, core.Protocol, "greets as ZMTP 3.1 and then hangs up"},
		{"ERROR", foreigner{says: Join(greeted, Command("ERROR", append([]byte{3}, "400"...)...))}, Rejected, core.Denied, `refuses: "400"`},
		{"a message instead of READY", foreigner{says: Join(greeted, Frame(0, []byte("hi")))}, Broken, core.Protocol, "before the handshake"},
		{"another command instead of READY", foreigner{says: Join(greeted, Command("HELLO"))}, Broken, core.Protocol, "HELLO"},
		{"READY of 2^62 bytes", foreigner{says: Join(greeted, Announce(FlagCommand, 1<<62))}, Broken, core.Protocol, "a command of"},
		{"READY without a value", foreigner{says: Join(greeted, ReadyWith(1, 'x'))}, Broken, core.Protocol, "malformed READY"},
		{"READY with a huge value length", foreigner{says: Join(greeted, ReadyWith(1, 'x', 255, 255, 255, 255))}, Broken, core.Protocol, "malformed READY"},
		{"READY without a type", foreigner{says: Join(greeted, ReadyWith())}, Unsupported, core.Unsupported, `a "" socket`},
		{"a type of a draft", foreigner{says: Hello("SERVER")}, Unsupported, core.Unsupported, `a "SERVER" socket`},
		{"GSSAPI", foreigner{says: GreetWith(func(b []byte) { copy(b[12:], "GSSAPI") })}, Unsupported, core.Unsupported, `"GSSAPI" security`},
		{"a REP that answers no PING", foreigner{says: Hello("REP")}, Usable, core.OK, ""},
		{"a REP that hangs up on visitors", foreigner{says: Join(Hello("REP"), Frame(0x80, nil))}, Broken, core.Protocol, "the connection ends after the handshake"},
		{"a REP of ZMTP 3.0", foreigner{says: Join(Greet(0), Ready("REP"))}, Usable, core.OK, ""},
		{"a long READY", foreigner{says: Join(greeted, Frame(FlagCommand, Join([]byte("\x05READY\x0bSOCKET-TYPE\x00\x00\x00\x04PUSH\x01X\x00\x00\x01\x00"), make([]byte, 256))))}, Usable, core.OK, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := probeForeigner(t, test.foreigner)
			if r.Finding != test.finding {
				t.Errorf("found %q, want %q", r.Finding, test.finding)
			}
			WantCode(t, err, test.code)
			if err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("it says %q, want %q in it", err, test.text)
			}
		})
	}
}

// TestProbeHostilePeers: whatever a gateway survives, a probe survives, and in time.
func TestProbeHostilePeers(t *testing.T) {
	for _, h := range HostilePeers {
		for _, socketType := range []string{"REP", "PUSH"} {
			t.Run(h.Name+" "+socketType, func(t *testing.T) {
				r, err := probeForeigner(t, foreigner{says: h.Sends(socketType), fin: h.Fin})
				if r.Finding == "" || (err == nil) != (r.Finding == Usable || r.Finding == Secured) {
					t.Errorf("found %q, %v", r.Finding, err)
				}
			})
		}
	}
}

// TestProbeOldPeers: before ZMTP 3 a greeting has one number for a version, and from ZMTP 2 on the socket type.
func TestProbeOldPeers(t *testing.T) {
	const versionOffset, oldTypeOffset = 10, 11
	old := GreetWith(func(b []byte) { b[versionOffset], b[oldTypeOffset] = 1, byte(core.PUB) })
	type version struct {
		major, minor int
		socketType   string
	}
	for _, test := range []struct {
		says []byte
		want version
	}{
		{[]byte{1, 0}, version{1, 0, ""}},
		{append(old[:versionOffset:versionOffset], 0), version{1, 0, ""}},
		{old[:oldTypeOffset], version{2, 0, ""}},
		{old[:oldTypeOffset+1], version{2, 0, "PUB"}},
		{append(old[:versionOffset:versionOffset], 2), version{2, 1, ""}},
	} {
		r, err := probeForeigner(t, foreigner{says: test.says})
		WantCode(t, err, core.Unsupported)
		if got := (version{r.Major, r.Minor, r.SocketType}); got != test.want || r.Finding != OldZMTP {
			t.Errorf("%x: found %q, %v, want %v", test.says, r.Finding, got, test.want)
		}
	}
}

func TestProbeNobody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		ep      core.Endpoint
		finding Finding
		text    string
	}{
		{"closed port", RefusingEndpoint(t), Refused, "refused"},
		{"no socket file", core.Endpoint{Transport: "ipc", Path: filepath.Join(t.TempDir(), "none")}, Refused, "no such socket"},
		{"no host", core.Endpoint{Transport: "tcp", Host: "nobody.invalid", Port: 1}, NoHost, "nobody.invalid"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := Probe(t.Context(), test.ep, Config{Timeout: 2 * time.Second})
			WantCode(t, err, core.Unavailable)
			if r.Finding != test.finding || !strings.Contains(err.Error(), test.text) {
				t.Errorf("found %q, %v", r.Finding, err)
			}
		})
	}
	_, err := Probe(t.Context(), core.Endpoint{}, Config{})
	WantCode(t, err, core.Invalid)
}

// TestProbeUnanswered: a firewall that swallows everything.
func TestProbeUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		swallowed := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		r, err := Probe(t.Context(), core.Endpoint{Transport: "tcp", Host: "192.0.2.1", Port: 1}, Config{Dial: swallowed})
		WantCode(t, err, core.Unavailable)
		if r.Finding != Unreachable || !strings.Contains(err.Error(), "firewall") {
			t.Errorf("found %q, %v", r.Finding, err)
		}
	})
}

func TestProbeCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		r, err := Probe(ctx, core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 1}, Config{Dial: foreigner{}.dial})
		WantCode(t, err, core.Canceled)
		if r.Finding != "" || time.Since(begun) != time.Second {
			t.Errorf("found %q after %v", r.Finding, time.Since(begun))
		}
	})
}

func TestProbeWebServer(t *testing.T) {
	t.Parallel()
	for name, start := range map[Finding]func(http.Handler) *httptest.Server{Web: httptest.NewServer, TLS: quietTLSServer} {
		server := start(http.NotFoundHandler())
		defer server.Close()
		r, err := Probe(t.Context(), EndpointOf(server.Listener.Addr()), Config{Timeout: 2 * time.Second})
		WantCode(t, err, core.Protocol)
		if r.Finding != name {
			t.Errorf("found %q, %v", r.Finding, err)
		}
	}
}

// FuzzProbe answers with anything at all: as a greeting, after one, and after a whole handshake.
func FuzzProbe(f *testing.F) {
	for _, h := range HostilePeers {
		f.Add(h.Sends("REP"))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, stream := range [][]byte{in, Join(Greet(1), in), Join(Hello("REP"), in)} {
			dial := func(context.Context, string, string) (net.Conn, error) {
				return &Script{In: bytes.NewReader(stream)}, nil
			}
			r, err := Probe(t.Context(), core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 1}, Config{Dial: dial})
			if r.Finding == "" || (err == nil) != (r.Finding == Usable || r.Finding == Secured) {
				t.Fatalf("found %q, %v", r.Finding, err)
			}
		}
	})
}

// quietTLSServer does not log what it is told by somebody who speaks no TLS.
func quietTLSServer(h http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	return server
}
