package attack

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// ticking is a publisher that says the same to everybody, again and again.
func ticking(t *testing.T) string {
	return listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for {
			if _, err := conn.Write(gatewaytest.Frame(0, []byte("tick"))); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
}

// ticketed is a bridge with a feed of alice's, one of bob's, and one of everybody's.
func ticketed(t *testing.T, more string) *bridge {
	t.Helper()
	backend := ticking(t)
	return start(t, more+`
audit: audit.json
log: {level: debug}
origins: [https://app.example.org]
users:
  - jwt: {secret_file: jwt.secret, cookie: session, leeway: 0s}
endpoints:
  hers: {type: [SUB, PUSH], address: "`+backend+`", allow: 'user == "alice"'}
  his: {type: SUB, address: "`+backend+`", allow: 'user == "bob"'}
  open: {type: SUB, address: "`+backend+`"}
`, secretFile)
}

// ticket asks for one with a token; headers may say more.
func (b *bridge) ticket(token, endpoint string, headers ...string) (text string, status int) {
	b.t.Helper()
	resp, body := ask(b.t, "POST", "http://"+b.address+"/ticket/"+endpoint, func(r *http.Request) {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	})
	var made struct {
		Ticket  string
		Seconds int
	}
	if resp.StatusCode == http.StatusCreated && (json.Unmarshal([]byte(body), &made) != nil || len(made.Ticket) < 26 || made.Seconds != 60) {
		b.t.Fatalf("no ticket: %s", body)
	}
	return made.Ticket, resp.StatusCode
}

// TestTicketsOpenOneDoor: a ticket is for one endpoint and as who made it, whatever else the browser says that shows it.
func TestTicketsOpenOneDoor(t *testing.T) {
	t.Parallel()
	b := ticketed(t, "")
	for _, test := range []struct {
		name, token, endpoint string
		headers               []string
		status                int
	}{
		{"nobody", "", "hers", nil, 401},
		{"somebody else", signed("bob", nil), "hers", nil, 403},
		{"an endpoint that is not there", signed("alice", nil), "nothing", nil, 403},
		{"a page of another site, with the cookie", "", "hers", []string{"Cookie", "session=" + signed("alice", nil), "Sec-Fetch-Site", "cross-site"}, 403},
		{"a page of another origin, with the cookie", "", "hers", []string{"Cookie", "session=" + signed("alice", nil), "Origin", "https://evil.example"}, 403},
		{"a page that does not say where it is from, with the cookie", "", "hers", []string{"Cookie", "session=" + signed("alice", nil)}, 403},
		{"the page of the application", "", "hers", []string{"Cookie", "session=" + signed("alice", nil), "Origin", "https://app.example.org"}, 201},
	} {
		if _, status := b.ticket(test.token, test.endpoint, test.headers...); status != test.status {
			t.Errorf("%s: %d, want %d", test.name, status, test.status)
		}
	}
	hers, _ := b.ticket(signed("alice", nil), "hers")
	open, _ := b.ticket(signed("alice", nil), "open")
	his, _ := b.ticket(signed("bob", nil), "his")
	bobs := "session=" + signed("bob", nil)
	for _, test := range []struct {
		name, method, path string
		headers            []string
		status             int
	}{
		{"its endpoint", "GET", "/last/hers?ticket=" + hers, nil, 200},
		{"once more, from an img of any page, in the browser of somebody else", "GET", "/last/hers?ticket=" + hers, []string{"Cookie", bobs, "Sec-Fetch-Site", "cross-site"}, 200},
		{"from an EventSource of the application", "GET", "/last/hers?ticket=" + hers, []string{"Origin", "https://app.example.org"}, 200},
		{"from one of another origin", "GET", "/last/hers?ticket=" + hers, []string{"Origin", "https://evil.example"}, 403},
		{"at a name that leads here", "GET", "/last/hers?ticket=" + hers, []string{"Host", "evil.example"}, 403},
		{"another endpoint", "GET", "/last/open?ticket=" + hers, nil, 401},
		{"another one, for who may", "GET", "/last/his?ticket=" + open, []string{"Authorization", "Bearer " + signed("bob", nil)}, 401},
		{"the endpoint of somebody else", "GET", "/last/hers?ticket=" + his, nil, 401},
		{"none", "GET", "/last/hers?ticket=", nil, 401},
		{"a made up one", "GET", "/last/hers?ticket=" + strings.Repeat("A", 26), nil, 401},
		{"in other letters", "GET", "/last/hers?ticket=" + strings.ToLower(hers), nil, 401},
		{"two", "GET", "/last/hers?ticket=" + his + "&ticket=" + hers, nil, 400},
		{"to send", "POST", "/push/hers?ticket=" + hers, nil, 400},
		{"for another ticket", "POST", "/ticket/hers?ticket=" + hers, nil, 400},
		{"for the list of endpoints", "GET", "/endpoints?ticket=" + hers, nil, 401},
		{"as a password", "GET", "/last/hers", []string{"Authorization", "Bearer " + hers}, 401},
	} {
		resp, text := ask(t, test.method, "http://"+b.address+test.path, func(r *http.Request) {
			for i := 0; i < len(test.headers); i += 2 {
				r.Header.Set(test.headers[i], test.headers[i+1])
				if test.headers[i] == "Host" {
					r.Host = test.headers[i+1]
				}
			}
		})
		if resp.StatusCode != test.status || resp.StatusCode == 200 && text != "tick" {
			t.Errorf("%s: %s %s, want %d", test.name, resp.Status, text, test.status)
		}
		if opened := resp.Header.Get("Cross-Origin-Resource-Policy") == "cross-origin"; opened != (resp.StatusCode == 200) {
			t.Errorf("%s: pages of other sites may show it: %v", test.name, opened)
		}
	}
	door := b.door()
	door.Path = "/data?ticket=" + hers
	if v, _, err := door.Enter(credentials(hers)); err == nil {
		v.Close()
		t.Error("a WebSocket takes it")
	}
	told := b.allThatIsTold()
	for where, text := range told {
		for _, secret := range []string{hers, open, his} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has a ticket in it", where)
			}
		}
	}
	if !strings.Contains(told["the audit"], "alice") {
		t.Error("the audit does not say whose tickets they were")
	}
}

// TestTicketsEndWithTheirUser: who is revoked, or whose token expires, has no use of tickets from before, and a stream that began
// with one ends, too.
func TestTicketsEndWithTheirUser(t *testing.T) {
	t.Parallel()
	b := ticketed(t, "")
	last := func(ticket string) int {
		resp, _ := ask(t, "GET", "http://"+b.address+"/last/open?ticket="+ticket, nil)
		return resp.StatusCode
	}
	stream := func(ticket string) (ended chan string) {
		resp, err := http.Get("http://" + b.address + "/sub/open?as=text&ticket=" + ticket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		ended = make(chan string, 1)
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() && lines.Text() != "data: tick" {
		}
		go func() { // ends with the stream
			rest := ""
			for lines.Scan() {
				if line := lines.Text(); line != "data: tick" && line != "" {
					rest += line + "\n"
				}
			}
			ended <- rest
		}()
		return ended
	}
	ends := func(ended chan string) {
		t.Helper()
		select {
		case rest := <-ended:
			if !strings.Contains(rest, "event: closed") || !strings.Contains(rest, "unauthenticated") {
				t.Errorf("it ends with %q", rest)
			}
		case <-time.After(patience):
			t.Fatal("a stream goes on")
		}
	}
	revoked, _ := b.ticket(signed("alice", nil), "open")
	short, _ := b.ticket(signed("bob", map[string]any{"exp": time.Now().Add(6 * time.Second).Unix()}), "open")
	other, _ := b.ticket(signed("bob", nil), "open")
	streamOfRevoked, streamOfShort := stream(revoked), stream(short)
	if last(revoked) != 200 || last(other) != 200 {
		t.Error("they are none")
	}
	r, err := http.NewRequest("POST", b.admin+"/api/revocations", strings.NewReader(`{"user": "alice", "for": "1h", "reason": "a test"}`))
	if err != nil {
		t.Fatal(err)
	}
	withAdminToken(r)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	ends(streamOfRevoked)
	if status := last(revoked); status != 401 {
		t.Errorf("a ticket of who is revoked: %d", status)
	}
	ends(streamOfShort)
	if status := last(short); status != 401 {
		t.Errorf("a ticket of a token that has expired: %d", status)
	}
	if status := last(other); status != 200 {
		t.Errorf("a ticket of the other token: %d", status)
	}
}

// TestFloodOfTickets: one user has so many, whatever is asked for, others have theirs, and what they take is on the account.
func TestFloodOfTickets(t *testing.T) {
	t.Parallel()
	b := ticketed(t, "")
	token, made, refused := signed("alice", map[string]any{"padding": strings.Repeat("x", 8<<10)}), 0, 0
	before := b.metric(`zwb_memory_bytes{what="connections"}`)
	for range 150 {
		switch _, status := b.ticket(token, "open"); status {
		case http.StatusCreated:
			made++
		case http.StatusServiceUnavailable:
			refused++
		default:
			t.Fatal(status)
		}
	}
	if made != 100 || refused != 50 {
		t.Errorf("%d were made, %d refused", made, refused)
	}
	if hits := b.metric(`zwb_limit_hits_total{limit="tickets"}`); hits != 50 {
		t.Errorf("%v of them were counted", hits)
	}
	if more := b.metric(`zwb_memory_bytes{what="connections"}`) - before; more < 100*8<<10 {
		t.Errorf("they take %v bytes", more)
	}
	if _, status := b.ticket(signed("bob", nil), "open"); status != http.StatusCreated {
		t.Errorf("another user gets %d", status)
	}
}
