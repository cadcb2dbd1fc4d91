package attack

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestAddressesOverHTTP: with nothing but a URL nobody reaches an address that no entry opens for HTTP, however it is written, whichever
// door it is for, and whatever else may be reached. What is open for it is reached, so that the test would notice.
func TestAddressesOverHTTP(t *testing.T) {
	t.Parallel()
	port, reached := canary(t)
	openPort, open := canary(t)
	b := start(t, fmt.Sprintf(`networks: [127.0.0.0/8]
addresses:
  - {address: "tcp://127.0.0.1:%[1]s"}
  - {address: "tcp://127.0.0.1:%[1]s", bind: true, types: [PULL, SUB]}
  - {address: "tcp://127.0.0.1:%[2]s", http: true}
  - {address: "tcp://localhost:1-9", http: true}
  - {address: "tcp://127.0.0.1:%[1]s", http: true, allow: "user == 'nobody'"}
`, port, openPort), nil)
	for _, address := range []string{
		"tcp://127.0.0.1:" + port, "TCP://127.0.0.1:" + port, "tcp://[::ffff:127.0.0.1]:" + port, "tcp://localhost:" + port, "tcp://127.1:" + port, "tcp://2130706433:" + port,
		"tcp://127.0.0.1:" + openPort + "@127.0.0.1:" + port, "tcp://127.0.0.1:" + openPort + ";127.0.0.1:" + port, "tcp://127.0.0.1:" + openPort + "#:" + port,
		"tcp://127.0.0.1:" + openPort + "&address=tcp://127.0.0.1:" + port, "tcp://10.0.0.1@127.0.0.1:" + port, "tcp://127.0.0.1:" + openPort + "\x00:" + port, "tcp://10.0.0.1:80",
		"tcp://169.254.169.254:80", "ipc:///run/docker.sock", "http://127.0.0.1:" + port, "tcp://127.0.0.1:*", "*", "",
	} {
		for _, text := range []string{url.QueryEscape(address), strings.ReplaceAll(address, "\x00", "%00"), url.QueryEscape(url.QueryEscape(address))} {
			for path, method := range map[string]string{"/req": "POST", "/push": "POST", "/pub/": "POST", "/rpc/f": "POST", "/sub": "GET", "/last": "GET", "/last/": "HEAD", "/ticket": "POST"} {
				line := fmt.Sprintf("%s %s?address=%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", method, path, text, b.address)
				if status, answer := raw(t, b, line); status < 400 {
					t.Errorf("%s %s %q: %.200s", method, path, text, answer)
				}
			}
		}
	}
	for _, path := range []string{"/req/tcp%3A%2F%2F127.0.0.1%3A" + openPort, "/req/tcp://127.0.0.1:" + openPort, "/req/calc?address=tcp://127.0.0.1:" + openPort} {
		if status, answer := raw(t, b, "POST "+path+" HTTP/1.1\r\nHost: "+b.address+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"); status < 300 || status >= 500 {
			t.Errorf("%s: %.200s", path, answer)
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("what is not open for HTTP was reached %d times", n)
	}
	status, answer := raw(t, b, fmt.Sprintf("GET /last?address=tcp://127.0.0.1:%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", port, b.address))
	if status != 403 || !strings.Contains(answer, "lacks http: true") {
		t.Errorf("who may have it otherwise is not told why not: %.400s", answer)
	}
	raw(t, b, fmt.Sprintf("GET /last?address=tcp://127.0.0.1:%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", openPort, b.address))
	if open.Load() == 0 {
		t.Error("what is open for HTTP was not reached")
	}
}
