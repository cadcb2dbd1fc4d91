package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestRulesGetStricter while clients open what is about to be forbidden, as fast as they can: none of them has it open afterwards, and what
// stays allowed goes on.
func TestRulesGetStricter(t *testing.T) {
	t.Parallel()
	echo := answering(t, func(in *gateway.Incoming) { in.Reply(in.Message) })
	head := "listen: 127.0.0.1:0\nadmin: {listen: %q, token_file: admin.token}\n" + withSecret + "endpoints:\n  stays: {type: REQ, address: '" + echo + "'}\n"
	b := start(t, withSecret+"endpoints:\n  stays: {type: REQ, address: '"+echo+"'}\n  goes: {type: REQ, address: '"+echo+"'}\n", secretFile)
	alice := b.enter(signed("alice", nil))
	alice.Open(1, core.REQ, 0, "stays")
	alice.Open(2, core.REQ, 0, "goes")
	for range 2 {
		if alice.Hear(core.KindOpened) == nil {
			t.Fatal("alice may not what the file says: ", alice.End())
		}
	}
	reloaded := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		v := b.enter(signed("mallory", nil))
		all.Go(func() {
			for socket := uint32(1); ; socket++ {
				select {
				case <-reloaded:
					return
				default:
				}
				v.Open(socket, core.REQ, 0, "goes")
				if socket > 20 {
					v.Say(core.Frame{Kind: core.KindClose, Socket: socket - 20})
				}
				v.Frames(time.Millisecond)
			}
		})
	}
	b.put("zwb.yaml", fmt.Sprintf(head, strings.TrimPrefix(b.admin, "http://")))
	if said := run(t, "reload", "--config", filepath.Join(b.dir, "zwb.yaml")); !strings.Contains(said, "endpoints.goes") {
		t.Errorf("the reload says %s", said)
	}
	close(reloaded)
	all.Wait()
	if f := alice.Hear(core.KindRefused); f == nil || f.Code != core.Denied {
		t.Errorf("what is forbidden by now: %+v", f)
	}
	alice.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 7, Parts: core.Message{[]byte("hello")}})
	if f := alice.Hear(core.KindReply, core.KindFailed); f == nil || f.Kind != core.KindReply {
		t.Errorf("what stays allowed: %+v, %v", f, alice.End())
	}
	until(t, "nobody has what is forbidden", func() bool { return b.states("goes") == "refused" })
}

// states are those that sockets of all sessions have at an endpoint.
func (b *bridge) states(endpoint string) (all string) {
	b.t.Helper()
	var answer struct {
		Sessions []struct {
			Sockets []struct {
				Endpoints []struct{ Endpoint, State string }
			}
		}
	}
	_, text := ask(b.t, "GET", b.admin+"/api/sessions", withAdminToken)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		b.t.Fatal(err, text)
	}
	found := map[string]bool{}
	for _, s := range answer.Sessions {
		for _, socket := range s.Sockets {
			for _, e := range socket.Endpoints {
				if e.Endpoint == endpoint {
					found[e.State] = true
				}
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " ")
}

// TestServiceThatIsDown: a service that decides lets nobody in when it is away, silent, or says what is no answer; and whom it has let in may
// nothing more when it is away by then.
func TestServiceThatIsDown(t *testing.T) {
	t.Parallel()
	says := func(text string) string {
		return answering(t, func(in *gateway.Incoming) { in.Reply(core.Message{[]byte(text)}) })
	}
	yes := `{"allow":true,"user":"mallory"}`
	for name, service := range map[string]string{
		"away":        "tcp://127.0.0.1:1",
		"silent":      mute(t),
		"no ZMTP":     listening(t, func(conn net.Conn) { conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n" + yes)) }),
		"hangs up":    listening(t, func(conn net.Conn) { conn.Write(gatewaytest.Hello("REP")) }),
		"no JSON":     says("yes"),
		"nothing":     says(""),
		"null":        says("null"),
		"no user":     says(`{"allow":true}`),
		"a text":      says(`{"allow":"true","user":"mallory"}`),
		"a number":    says(`{"allow":1,"user":"mallory"}`),
		"two answers": says(yes + yes),
		"too long":    says(`{"allow":true,"user":"mallory","reason":"` + strings.Repeat("a", 2<<20) + `"}`),
		"and says no": says(`{"allow":false,"user":"mallory"}`),
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, "users:\n  - zmq: {address: '"+service+"', timeout: 300ms, cache: 1ms}\n", nil)
			if v, _, err := b.door().Enter(credentials("a token")); err == nil {
				v.Close()
				t.Error("somebody is let in")
			}
		})
	}
	factory := gateway.NewFactory(gateway.Config{})
	backend, err := factory.Rep(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err == nil {
		_, err = backend.Serve("", func(in *gateway.Incoming) { in.Reply(core.Message{[]byte(yes)}) })
	}
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, fmt.Sprintf("users:\n  - zmq: {address: 'tcp://127.0.0.1:%d', timeout: 300ms, cache: 1ms}\nendpoints:\n"+
		"  calc: {type: REQ, address: 'tcp://127.0.0.1:1'}\n  vault: {type: REQ, address: 'tcp://127.0.0.1:1'}\n", backend.Endpoint().Port), nil)
	v := b.enter("a token")
	if !opens(v, core.REQ, "calc") {
		t.Fatal("the service says yes, and it does not count")
	}
	factory.Close()
	v.Open(2, core.REQ, 0, "vault") // of which it was not asked yet: what it says is kept for a while, if only a millisecond
	for f := v.Hear(core.KindRefused, core.KindOpened, core.KindState); ; f = v.Hear(core.KindRefused, core.KindOpened, core.KindState) {
		if f == nil || f.Kind == core.KindOpened {
			t.Fatalf("with a service that is gone: %+v, %v", f, v.End())
		}
		if f.Kind == core.KindRefused {
			break
		}
	}
}

// TestConditionsOfStrangers: what a client says of itself, and passes to connect, makes no condition hold that should not, and none take long.
func TestConditionsOfStrangers(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret+`endpoints:
  desk: {type: REQ, address: 'tcp://127.0.0.1:1', allow: "params.desk in claims.desks"}
  all: {type: REQ, address: 'tcp://127.0.0.1:1', allow: "all(params.list, # in claims.desks)"}
  match: {type: REQ, address: 'tcp://127.0.0.1:1', allow: "params.name matches '^(a+)+$'"}
  sum: {type: REQ, address: 'tcp://127.0.0.1:1', allow: "sum(map(params.list, len(params.list))) > 3"}
  own: {type: REQ, address: 'tcp://127.0.0.1:1', allow: "params.user == user"}
`, secretFile)
	mallory, innocent := b.enter(signed("mallory", map[string]any{"desks": []string{"fx"}})), b.enter(signed("alice", nil))
	long := `["` + strings.Repeat(`a","`, 1000) + `b"]`
	socket := uint32(0)
	for _, tt := range []struct {
		endpoint, params string
		allowed          bool
	}{
		{"desk", `{"desk":"fx"}`, true},
		{"desk", `{"desk":"rates"}`, false},
		{"desk", `{"desk":["fx"]}`, false},
		{"desk", `{"desk":null}`, false},
		{"desk", `{}`, false},
		{"desk", ``, false},
		{"desk", `{"desk":{"in":"claims.desks"}}`, false},
		{"desk", `{"desk":"fx\" in claims.desks or \"a\" == \"a"}`, false},
		{"desk", `{"Desk":"fx"}`, false},
		{"desk", `{"claims":{"desks":["rates"]},"desk":"rates"}`, false},
		{"all", `{"list":["fx"]}`, true},
		{"all", `{"list":"fx"}`, false},
		{"all", `{"list":` + long + `}`, false},
		{"match", `{"name":"` + strings.Repeat("a", 4000) + `!"}`, false},
		{"match", `{"name":["a"]}`, false},
		{"sum", `{"list":"` + strings.Repeat("a", 4000) + `"}`, true}, // 4,000 characters are a list of as many, says the language
		{"sum", `{"list":["a","b"]}`, true},
		{"sum", `{"list":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, false},
		{"own", `{"user":"mallory"}`, true},
		{"own", `{"user":"alice"}`, false},
		{"own", `{"user":"alice","user":"mallory "}`, false},
	} {
		socket++
		began := time.Now()
		mallory.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.REQ, Text: []byte(tt.endpoint), Params: []byte(tt.params)})
		f := mallory.Hear(core.KindRefused, core.KindOpened, core.KindState)
		if f == nil {
			t.Fatalf("%s %.100s ends the connection: %v", tt.endpoint, tt.params, mallory.End())
		}
		if allowed := f.Code != core.Denied; allowed != tt.allowed {
			t.Errorf("%s %.100s: %+v", tt.endpoint, tt.params, f)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s %.100s takes %v", tt.endpoint, tt.params, took)
		}
		mallory.Say(core.Frame{Kind: core.KindClose, Socket: socket})
		if innocent.Say(core.Frame{Kind: core.KindPing, ID: uint64(socket)}); innocent.Hear(core.KindPong) == nil {
			t.Fatal("somebody else is not answered: ", innocent.End())
		}
	}
}

// TestRulesForPagesOf2012: the protocol of then goes by the same rules, with what it calls authentication as params.
func TestRulesForPagesOf2012(t *testing.T) {
	t.Parallel()
	echo := answering(t, func(in *gateway.Incoming) { in.Reply(in.Message) })
	b := start(t, `endpoints:
  calc: {type: REQ, address: '`+echo+`', allow: "params.username == 'hugo' && params.password == 'planted'"}
addresses:
  - {types: [REQ], address: '`+echo+`', allow: "params.username == 'hugo'"}
`, nil)
	for _, tt := range []struct {
		name, content string
		allowed       bool
	}{
		{"as the rule says", `{"zmq_conn_string":"calc","socket_type":3,"username":"hugo","password":"planted"}`, true},
		{"an address that a rule has", `{"zmq_conn_string":"` + echo + `","socket_type":3,"username":"hugo"}`, true},
		{"no password", `{"zmq_conn_string":"calc","socket_type":3,"username":"hugo"}`, false},
		{"another password", `{"zmq_conn_string":"calc","socket_type":3,"username":"hugo","password":"guess"}`, false},
		{"a list of passwords", `{"zmq_conn_string":"calc","socket_type":3,"username":"hugo","password":["planted"]}`, false},
		{"in other letters", `{"zmq_conn_string":"calc","socket_type":3,"Username":"hugo","PASSWORD":"planted"}`, false},
		{"nobody", `{"zmq_conn_string":"calc","socket_type":3}`, false},
		{"nothing like it", `{"zmq_conn_string":"vault","socket_type":3,"username":"hugo","password":"planted"}`, false},
		{"another type", `{"zmq_conn_string":"calc","socket_type":2,"username":"hugo","password":"planted"}`, false},
		{"another address", `{"zmq_conn_string":"tcp://127.0.0.1:22","socket_type":3,"username":"hugo"}`, false},
		{"an address of nobody", `{"zmq_conn_string":"` + echo + `","socket_type":3,"username":"eve"}`, false},
		{"no text", `{"zmq_conn_string":7,"socket_type":3,"username":"hugo","password":"planted"}`, false},
		{"no JSON", `{"zmq_conn_string":"calc`, false},
	} {
		if got := connect2012(t, b, tt.content); strings.Contains(got, "success") != tt.allowed {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if a, b := connect2012(t, b, `{"zmq_conn_string":"calc","socket_type":3}`), connect2012(t, b, `{"zmq_conn_string":"nono","socket_type":3}`); strings.ReplaceAll(a, "calc", "nono") != b {
		t.Errorf("what is forbidden and what is not there are told apart: %s and %s", a, b)
	}
}

// connect2012 connects as bridge.js of 2012 does, and returns what the bridge says; "": it has hung up.
func connect2012(t *testing.T, b *bridge, content string) string {
	t.Helper()
	conn, err := wsconn.Dial(t.Context(), "ws://"+b.address+"/data", nil, wsconn.Options{Text: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Drop()
	connect, err := json.Marshal(map[string]string{"identity": "A1", "msg_type": "connect", "content": content})
	if err == nil {
		err = conn.Write(t.Context(), connect)
	}
	if err != nil {
		t.Fatal(err)
	}
	said, err := conn.Read(t.Context())
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(said))
}
