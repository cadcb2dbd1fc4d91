package attack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// handshake asks for a WebSocket, and returns the status of the answer.
func handshake(t *testing.T, b *bridge, path, subprotocol string, headers map[string]string) (status int, answer string) {
	t.Helper()
	text := "GET " + path + " HTTP/1.1\r\n"
	if headers["Host"] == "" {
		text += "Host: " + b.address + "\r\n"
	}
	for name, value := range headers {
		text += name + ": " + value + "\r\n"
	}
	if subprotocol != "" {
		text += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, text+upgrade)
	first := make([]byte, 4096)
	n, err := conn.Read(first)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Sscanf(string(first[:n]), "HTTP/1.1 %d", &status)
	return status, string(first[:n])
}

// upgrade is what every handshake ends with.
const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"

// doorsOf are the paths at which WebSockets of others come in, with what they ask for.
var doorsOf = map[string]string{"/ws/feed": "", "/zws/feed": "ZWS2.0", "/feed": "ZWS2.0"}

// TestCrossSiteSockets: a page of another site opens a WebSocket, with the cookie of its user. Nothing reaches a backend.
func TestCrossSiteSockets(t *testing.T) {
	t.Parallel()
	heard := make(chan bool, 100)
	backend := listening(t, func(conn net.Conn) { heard <- true })
	b := start(t, "origins: [https://app.example.org]\nusers:\n  - jwt: {secret_file: jwt.secret, cookie: session}\n"+
		"endpoints:\n  feed: {type: SUB, address: \""+backend+"\"}\n", secretFile)
	cookie := "session=" + signed("alice", nil)
	for path, subprotocol := range doorsOf {
		for _, headers := range []map[string]string{
			{"Origin": "https://evil.example"},
			{"Origin": "null"},
			{"Origin": "https://app.example.org.evil.example"},
			{"Origin": "http://evil.example", "Host": "evil.example"},
			{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site"},
		} {
			headers["Cookie"] = cookie
			if status, answer := handshake(t, b, path, subprotocol, headers); status != http.StatusForbidden {
				t.Errorf("%s %v: %.200s", path, headers, answer)
			}
		}
	}
	select {
	case <-heard:
		t.Error("a backend has heard of it")
	default:
	}
	for path, subprotocol := range doorsOf {
		if status, answer := handshake(t, b, path, subprotocol, map[string]string{"Cookie": cookie, "Origin": "https://app.example.org"}); status != http.StatusSwitchingProtocols {
			t.Errorf("%s, a page that may: %.200s", path, answer)
		}
	}
	everybody := start(t, "origins: ['*']\nusers:\n  - jwt: {secret_file: jwt.secret, cookie: session}\nendpoints:\n  feed: {type: SUB, address: \""+backend+"\"}\n", secretFile)
	for path, subprotocol := range doorsOf {
		if status, answer := handshake(t, everybody, path, subprotocol, map[string]string{"Cookie": cookie, "Origin": "https://evil.example"}); status != http.StatusForbidden {
			t.Errorf("%s, a page of whoever, with a cookie: %.200s", path, answer)
		}
	}
}

// TestPathsOfSockets: a path leads to an endpoint of this name, or nowhere.
func TestPathsOfSockets(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  feed: {type: SUB, address: \""+hung(t)+"\"}\n", nil)
	for _, path := range []string{
		"/ws/..%2ffeed", "/ws/%2e%2e/ws/feed", "/ws/./feed", "/ws//feed", "/ws/feed/", "/ws/feed%2f", "/ws/feed%00", "/ws/feed%0d%0aX:%20y",
		"/ws/feed;x=1", "/ws/feed%3Ftopic=x", "/ws/tcp%3A%2F%2F127.0.0.1%3A1", "/ws/tcp://127.0.0.1:1", "/ws/" + strings.Repeat("a", 10_000),
		"/ws/" + strings.Repeat("../", 100) + "data", "/ws/\u202efeed", "/WS/feed", "/ws/", "/zws/", "/ws/feed?topics=x", "/ws/feed?type=ROUTER", "/ws/feed?address=tcp://127.0.0.1:1",
	} {
		for _, subprotocol := range []string{"", "ZWS2.0"} {
			if status, answer := handshake(t, b, strings.Replace(path, "/ws/", map[string]string{"": "/ws/", "ZWS2.0": "/zws/"}[subprotocol], 1), subprotocol, nil); status < 300 || status >= 500 && status != 501 {
				t.Errorf("%s %.60s: %.200s", subprotocol, path, answer)
			}
		}
	}
	// A name that is nobody's, and one that may not be used, are told apart by nothing.
	closed := start(t, "endpoints:\n  feed: {type: PUSH, address: \""+hung(t)+"\", allow: \"false\"}\n", nil)
	for _, name := range []string{"feed", "nothing"} {
		ws, _, err := websocket.Dial(t.Context(), "ws://"+closed.address+"/ws/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.CloseNow()
		if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != 4511 || !strings.Contains(err.Error(), "denied: "+name+" is not allowed here") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGarbageOfSockets: what is no frame of ZWS, or of a WebSocket, costs its own connection.
func TestGarbageOfSockets(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  feed: {type: SUB, address: \""+hung(t)+"\"}\n", nil)
	seeded := rand.NewChaCha8([32]byte{})
	for n := range 60 {
		for path, subprotocol := range doorsOf {
			options := &websocket.DialOptions{}
			if subprotocol != "" {
				options.Subprotocols = []string{[]string{"ZWS2.0", "ZWS2.0/NULL", "ZWS2.0/PLAIN"}[n%3]}
			}
			ws, _, err := websocket.Dial(t.Context(), "ws://"+b.address+path, options)
			if err != nil {
				t.Fatal(err)
			}
			garbage := make([]byte, n*7%200)
			seeded.Read(garbage)
			if n%2 == 0 && len(garbage) > 0 {
				garbage[0] %= 3
			}
			for range 3 {
				ws.Write(t.Context(), websocket.MessageBinary, garbage) // it may have ended
			}
			ws.CloseNow()
		}
	}
	if status, answer := raw(t, b, "GET /healthz HTTP/1.1\r\nHost: "+b.address+"\r\nConnection: close\r\n\r\n"); status != http.StatusOK {
		t.Errorf("%s", answer)
	}
	if strings.Contains(b.said.String(), "panic") {
		t.Error(b.said.String())
	}
}
