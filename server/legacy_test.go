package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// oldPage speaks the wire of 2012 as bridge.js did, text for text.
type oldPage struct {
	t    *testing.T
	conn *wsconn.Conn
}

type oldMessage struct {
	Identity string  `json:"identity"`
	MsgType  *string `json:"msg_type,omitempty"`
	Content  string  `json:"content"`
}

func dialOld(t *testing.T, url string) *oldPage {
	t.Helper()
	conn, err := wsconn.Dial(t.Context(), url, nil, wsconn.Options{Text: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(core.CloseNormal, "") })
	return &oldPage{t, conn}
}

func (p *oldPage) send(identity, msgType, content string) {
	p.t.Helper()
	b, err := json.Marshal(oldMessage{identity, &msgType, content})
	if err == nil {
		err = p.conn.Write(p.t.Context(), b)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *oldPage) connect(identity string, typ core.SocketType, address string) {
	p.t.Helper()
	p.send(identity, "connect", fmt.Sprintf(`{"zmq_conn_string":%q,"socket_type":%d,"username":"hugo"}`, address, typ))
}

// expect reads the next message; msgType "" means that there is none, as bridge.js expects of data.
func (p *oldPage) expect(identity, msgType string) (content string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	b, err := p.conn.Read(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	var m oldMessage
	if err := json.Unmarshal(b, &m); err != nil {
		p.t.Fatal(err)
	}
	switch {
	case m.Identity != identity:
		p.t.Fatalf("a message for %q, want %q: %s", m.Identity, identity, b)
	case msgType == "" && m.MsgType != nil, msgType != "" && (m.MsgType == nil || *m.MsgType != msgType):
		p.t.Fatalf("a message of another type than %q: %s", msgType, b)
	}
	return m.Content
}

func (p *oldPage) expectStatus(identity, msgType, want string) {
	p.t.Helper()
	var got struct {
		Status string `json:"status"`
		Error  string `json:"error_msg"`
	}
	content := p.expect(identity, msgType)
	if err := json.Unmarshal([]byte(content), &got); err != nil || got.Status != want || (want == "error" && got.Error == "") {
		p.t.Fatalf("content %s, want status %q", content, want)
	}
}

func TestOldPageRequests(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dialOld(t, url)
	p.connect("A1", core.REQ, rep.address())
	p.send("A1", "userlevel", "sent before the connection_reply")
	p.expectStatus("A1", "connection_reply", "success")
	for _, text := range []string{"sent before the connection_reply", "grüße 👋", ""} {
		if text == "grüße 👋" || text == "" {
			p.send("A1", "user", text)
		}
		if got := p.expect("A1", ""); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

func TestOldPagesShareNoIdentities(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	_, url := startBridge(t, allowAll(Config{}))
	victim, thief := dialOld(t, url), dialOld(t, url)
	for _, p := range []*oldPage{victim, thief} {
		p.connect("SAME", core.REQ, held.address())
		p.expectStatus("SAME", "connection_reply", "success")
	}
	victim.send("SAME", "userlevel", "the victim's")
	held.hear()
	held.tell("for the victim")
	if got := victim.expect("SAME", ""); got != "for the victim" {
		t.Errorf("got %q", got)
	}
	thief.send("SAME", "userlevel", "the thief's")
	held.hear()
	held.tell("for the thief")
	if got := thief.expect("SAME", ""); got != "for the thief" {
		t.Errorf("got %q", got)
	}
}

func TestOldPageIsRefused(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Log: quiet, ZMQAllowed: func(_ context.Context, a Access) error {
		if a.Param("username") != "hugo" || a.Type != core.SUB {
			return core.NewError(core.Denied, "no")
		}
		return nil
	}}))
	p := dialOld(t, url)
	p.connect("A1", core.REQ, "tcp://127.0.0.1:1")
	p.expectStatus("A1", "connection_reply", "error")
	p.send("A1", "userlevel", "all the same")
	p.expectStatus("A1", "", "error")
	p.send("NEVER", "userlevel", "connected")
	p.expectStatus("NEVER", "", "error")
	for identity, content := range map[string]string{
		"B1": "no JSON", "B2": `{"zmq_conn_string":"nonsense","socket_type":2,"username":"hugo"}`,
		"B3": `{"zmq_conn_string":"tcp://127.0.0.1:1","socket_type":8}`, "B4": `[]`,
	} {
		p.send(identity, "connect", content)
		p.expectStatus(identity, "connection_reply", "error")
	}
}

func TestOldPageAndABackendThatIsDown(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	p := dialOld(t, url)
	p.connect("A1", core.REQ, fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t)))
	p.send("A1", "userlevel", "anybody?")
	p.expectStatus("A1", "connection_reply", "success")
	p.expectStatus("A1", "", "error")
}

func TestOldPageRequestThatTimesOut(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	_, url := startBridge(t, allowAll(Config{RequestTimeout: 50 * time.Millisecond}))
	p := dialOld(t, url)
	p.connect("A1", core.REQ, held.address())
	p.expectStatus("A1", "connection_reply", "success")
	p.send("A1", "userlevel", "x")
	p.expectStatus("A1", "", "error")
}

func TestOldPageSubscribes(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{}))
	p := dialOld(t, url)
	p.send("A1", "connect", fmt.Sprintf(`{"zmq_conn_string":%q,"socket_type":2,"msgfilter":"42"}`, pub.address()))
	p.expectStatus("A1", "connection_reply", "success")
	// connection_reply does not say that the subscription is live; the first message that arrives does.
	stop := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				pub.tell("nothing")
				pub.tell("the answer is 42")
			}
		}
	}()
	for range 3 {
		if got := p.expect("A1", ""); got != "the answer is 42" {
			t.Errorf("got %q", got)
		}
	}
	close(stop)
	<-told
}

// TestOldPageIsNotFlooded: the window of the translator is granted anew for as long as the page reads.
func TestOldPageIsNotFlooded(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dialOld(t, url)
	p.connect("A1", core.SUB, pub.address())
	p.expectStatus("A1", "connection_reply", "success")
	waitFor(t, "the subscription to be live", func() bool {
		fmt.Fprintln(pub.stdin, 1)
		return b.Stats().Messages > 0
	})
	for got := uint64(0); got < b.Stats().Messages; got++ { // of the probing above
		p.expect("A1", "")
	}
	for range 10 {
		fmt.Fprintln(pub.stdin, 500)
		for range 500 {
			p.expect("A1", "")
		}
	}
}

func TestOldPageServesAsREP(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	p := dialOld(t, url)
	port := freePort(t)
	p.connect("C0FFEE", core.REP, fmt.Sprintf("tcp://127.0.0.1:%d", port))
	p.expectStatus("C0FFEE", "connection_reply", "success")
	req := startPeer(t, "req", port)
	req.tell("question", "C0FFEE")
	var asked []string
	if err := json.Unmarshal([]byte(p.expect("C0FFEE", "")), &asked); err != nil || len(asked) != 3 || asked[1] != "" || asked[2] != "question" {
		t.Fatalf("asked %q, %v", asked, err)
	}
	for _, nonsense := range []string{"no JSON", "[]", `["x","",""]`, `["99999","",""]`} {
		p.send("C0FFEE", "userlevel", nonsense)
	}
	answer, err := json.Marshal([]string{asked[0], "", "answer"})
	if err != nil {
		t.Fatal(err)
	}
	p.send("C0FFEE", "userlevel", string(answer))
	if got := req.hear(); got[0] != "answer" {
		t.Errorf("the backend got %q", got)
	}
}

func TestOldPageThatTalksNonsense(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	bystander := dial(t, url, nil)
	req := bystander.open(core.REQ, rep.address(), "")
	for name, text := range map[string]string{
		"no JSON": "hello", "no object": "[1]", "no identity": `{"content":"x"}`, "empty": "",
		"identity too long": `{"identity":"` + strings.Repeat("x", 300) + `","content":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := dialOld(t, url)
			if err := p.conn.Write(t.Context(), []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, err := p.conn.Read(t.Context()); closeCode(err) != core.CloseMalformed {
				t.Errorf("ended with %v", err)
			}
			if got := bystander.request(req, "still here?"); got.Kind != client.EventReply {
				t.Errorf("the bystander got %v", got.Code)
			}
		})
	}
}

func TestNoLegacy(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{NoLegacy: true}))
	if _, err := wsconn.Dial(t.Context(), url, nil, wsconn.Options{Text: true}); core.CodeOf(err) != core.Unavailable {
		t.Errorf("got %v", err)
	}
}
