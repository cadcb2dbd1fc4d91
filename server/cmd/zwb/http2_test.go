package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestHTTP2: with TLS many streams, and requests, share a connection, and WebSockets have theirs, with HTTP/1.1.
func TestHTTP2(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key)
	config, port := namedDemo(t)
	url := strings.TrimSuffix(startServe(t, "--config", config, "--demo", "--demo-port", fmt.Sprint(port), "--cert", cert, "--key", key), "/data")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
	at := "https" + strings.TrimPrefix(url, "wss")
	for range 20 { // more than a browser has connections to a host
		resp, err := client.Get(at + "/sub/rates?as=text")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Proto, resp.Status)
		}
		if lines := bufio.NewScanner(resp.Body); !lines.Scan() {
			t.Error(lines.Err())
		}
	}
	for _, test := range []struct {
		path   string
		status int
	}{{"/req/echo", 200}, {"/req/nothing", 403}, {"/req/echo", 200}} {
		resp, err := client.Post(at+test.path, "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != test.status {
			t.Error(test.path, resp.Proto, resp.Status)
		}
	}
	conn, _, err := websocket.Dial(t.Context(), url+"/data", &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{core.Subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	conn.CloseNow()
}
