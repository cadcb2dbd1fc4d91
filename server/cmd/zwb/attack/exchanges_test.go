package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// raw says something to the bridge as it is, and returns the status of the answer, and all that comes.
func raw(t *testing.T, b *bridge, text string) (status int, answer string) {
	t.Helper()
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	fmt.Sscanf(string(all), "HTTP/1.1 %d", &status)
	return status, string(all)
}

// TestCrossSiteExchanges: the browser of a user who is logged in adds the cookie, whatever page has it ask. Nothing is asked of a
// backend, and nothing published, unless the page may.
func TestCrossSiteExchanges(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 100)
	backend := listening(t, func(conn net.Conn) { heard <- "a connection" })
	b := start(t, "origins: [https://app.example.org]\nusers:\n  - jwt: {secret_file: jwt.secret, cookie: session}\n"+
		"endpoints:\n  jobs: {type: PUSH, address: \""+backend+"\"}\n  calc: {type: REQ, address: \""+backend+"\"}\n  feed: {type: SUB, address: \""+backend+"\"}\n", secretFile)
	cookie := "session=" + signed("alice", nil)
	for _, headers := range []map[string]string{
		{},
		{"Origin": "https://evil.example"},
		{"Origin": "null"},
		{"Origin": "https://app.example.org.evil.example", "Sec-Fetch-Site": "same-origin"},
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site"},
		{"Sec-Fetch-Site": "same-origin", "Host": "evil.example"},
		{"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin", "Host": "evil.example"},
		{"Referer": "https://app.example.org/"},
	} {
		for path, method := range map[string]string{"/req/calc": "POST", "/push/jobs": "POST", "/pub/jobs": "POST", "/rpc/calc/f": "POST", "/sub/feed": "GET", "/openapi.json": "GET"} {
			resp, text := ask(t, method, "http://"+b.address+path, func(r *http.Request) {
				r.Header.Set("Cookie", cookie)
				r.Header.Set("Content-Type", "text/plain") // what a form may send
				for name, value := range headers {
					r.Header.Set(name, value)
				}
				if headers["Host"] != "" {
					r.Host = headers["Host"]
				}
			})
			if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %v: %s %s", path, headers, resp.Status, text)
			}
		}
	}
	select {
	case <-heard:
		t.Error("a backend has heard of it")
	default:
	}
	resp, text := ask(t, "POST", "http://"+b.address+"/push/jobs?timeout=300ms", func(r *http.Request) {
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Origin", "https://app.example.org")
	})
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example.org" {
		t.Errorf("a page that may: %s %s", resp.Status, text)
	}
	select {
	case <-heard:
	case <-time.After(patience):
		t.Error("nobody has asked the backend")
	}
}

// TestPathsOfExchanges: a path leads to an endpoint of this name, or nowhere.
func TestPathsOfExchanges(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  calc: {type: REQ, address: \""+hung(t)+"\"}\n", nil)
	for _, path := range []string{
		"/req/..%2fcalc", "/req/%2e%2e/req/calc", "/req/./calc", "/req//calc", "/req/calc/", "/req/calc%2f", "/req/calc%00", "/req/calc%0d%0aX:%20y",
		"/req/Calc", "/req/calc;x=1", "/req/calc%3Ftimeout=1s", "/req/%63alc/x", "/rpc/calc", "/rpc/calc/", "/rpc/calc/a%2fb", "/REQ/calc", "/req/tcp%3A%2F%2F127.0.0.1%3A1",
		"/req/tcp://127.0.0.1:1", "/req/" + strings.Repeat("a", 10_000), "/req/" + strings.Repeat("../", 100) + "healthz", "/req/\u202ecalc", "/sub/../req/calc",
	} {
		status, answer := raw(t, b, "POST "+path+" HTTP/1.1\r\nHost: "+b.address+"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
		if status < 300 || status >= 500 {
			t.Errorf("%.60s: %.200s", path, answer)
		}
	}
	// In other letters it is the same name.
	if status, answer := raw(t, b, "POST /req/%63alc?timeout=100ms HTTP/1.1\r\nHost: "+b.address+"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"); status != 504 && status != 503 {
		t.Errorf("%.200s", answer)
	}
}

// TestSmuggledExchanges: what a proxy may take for one request is not two, or is none.
func TestSmuggledExchanges(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  calc: {type: REQ, address: \""+hung(t)+"\"}\n", nil)
	inner := "GET /healthz HTTP/1.1\r\nHost: " + b.address + "\r\nConnection: close\r\n\r\n"
	for name, headers := range map[string]string{
		"two lengths":                 "Content-Length: 0\r\nContent-Length: 5\r\n",
		"a length with a sign":        "Content-Length: +0\r\n",
		"a length and chunks":         "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"chunks in other letters":     "Transfer-Encoding: xchunked\r\n",
		"chunks, twice":               "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"a space before the colon":    "Content-Length : 0\r\n",
		"a line that is a carriage":   "X: y\rContent-Length: 0\r\n",
		"a header of two lines":       "X: y\r\n Content-Length: 0\r\n",
		"the body of who may not ask": "Content-Length: 5\r\nOrigin: https://evil.example\r\n",
	} {
		_, answer := raw(t, b, "POST /req/calc?timeout=100ms HTTP/1.1\r\nHost: "+b.address+"\r\n"+headers+"\r\n0\r\n\r\n"+inner)
		if answers := strings.Count(answer, "HTTP/1.1 "); answers > 1 && strings.Contains(answer, "ok\n") && name != "a length and chunks" {
			t.Errorf("%s: %d answers\n%s", name, answers, answer)
		}
	}
}

// TestInjectedEvents: what a publisher says is data, and neither an event, a position nor a header.
func TestInjectedEvents(t *testing.T) {
	t.Parallel()
	evil := "x\nevent: closed\n\nid: 9@y\r\n\r\ndata: forged\rretry: 1\n:\n\u2028event: gap"
	backend := listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for {
			if _, err := conn.Write(gatewaytest.Frame(0, []byte(evil))); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // the pace of the publisher
		}
	})
	b := start(t, "endpoints:\n  feed: {type: SUB, address: \""+backend+"\"}\n", nil)
	for _, as := range []string{"", "?as=text", "?as=json"} {
		resp, err := http.Get("http://" + b.address + "/sub/feed" + as)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
		for seen := 0; seen < 20 && lines.Scan(); seen++ {
			if line := lines.Text(); line != "" && line != ":" && !strings.HasPrefix(line, "data: ") || strings.ContainsRune(line, '\r') {
				t.Errorf("%s: a line %q", as, line)
			}
		}
		resp.Body.Close()
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error("browsers may guess what it is")
		}
	}
}

// TestStrangersDoNotPost: who is not let in is told so before the body has come, and is not waited for.
func TestStrangersDoNotPost(t *testing.T) {
	t.Parallel()
	b := start(t, "users:\n  - jwt: {secret_file: jwt.secret}\nendpoints:\n  jobs: {type: PUSH, address: \""+hung(t)+"\"}\n", secretFile)
	begun := time.Now()
	status, answer := raw(t, b, "POST /push/jobs HTTP/1.1\r\nHost: "+b.address+"\r\nContent-Length: 10000000\r\n\r\nhalf of it")
	if status != 401 || time.Since(begun) > patience/2 {
		t.Errorf("after %v: %s", time.Since(begun), answer)
	}
	until(t, "nothing of it stays", func() bool { return b.metric("zwb_connections") == 0 })
}
