//go:build unix

package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// knock opens a WebSocket with such headers, and tells why it is closed at once; nil: it is not.
func knock(t *testing.T, url string, header http.Header) error {
	t.Helper()
	_, err := dialAs(t, url, header)
	return err
}

// TestReloadOfWhoMayCome: origins, hosts, proxies and limits hold from the reload on, and without a restart.
func TestReloadOfWhoMayCome(t *testing.T) {
	r := &reloading{t: t, file: filepath.Join(t.TempDir(), "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	r.write("origins: [https://app.example.org]\n")
	url := startServe(t, "--config", r.file, "--admin", strings.Trim(r.admin, "htp:/"))
	site := "http" + strings.TrimPrefix(strings.TrimSuffix(url, "data"), "ws")
	app, other := http.Header{"Origin": {"https://app.example.org"}}, http.Header{"Origin": {"https://other.example.org"}}
	from := http.Header{"X-Forwarded-For": {"192.0.2.1"}}
	mayLoad := func(origin http.Header) bool {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"zmq.js", nil)
		req.Header = origin
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header.Get("Access-Control-Allow-Origin") != ""
	}
	if err := errors.Join(knock(t, url, app), knock(t, url, from), knock(t, url, from)); err != nil {
		t.Fatal(err)
	}
	if knock(t, url, other) == nil || !mayLoad(app) || mayLoad(other) {
		t.Fatal("it does not go by the file with which it was started")
	}
	open, err := dialAs(t, url, app)
	if err != nil {
		t.Fatal(err)
	}

	r.write("origins: [https://other.example.org]\nproxies: [127.0.0.0/8]\nlimits: {connections_per_ip: 1}\nzmq: {console: false, legacy: false, drain: 1s}\nprefix: /zwb/\nlog: {level: warn}\n")
	r.reload("taken")
	if _, err := open.Read(t.Context()); closedWith(err) != core.CloseDenied {
		t.Errorf("a page of an origin that may not connect any more: %v", err)
	}
	if err := knock(t, url, app); closedWith(err) != core.CloseDenied || mayLoad(app) {
		t.Errorf("an origin that is not in the file any more: %v", err)
	}
	if err := knock(t, url, other); err != nil || !mayLoad(other) {
		t.Errorf("an origin that is in the file now: %v", err)
	}
	if err := errors.Join(knock(t, url, from), knock(t, url, http.Header{"X-Forwarded-For": {"192.0.2.2"}})); err != nil {
		t.Error(err)
	}
	if err := knock(t, url, from); closedWith(err) != core.CloseOverloaded {
		t.Errorf("two connections of one address, where one may be: %v", err)
	}
	for path, status := range map[string]int{"": 404, "zwb/healthz": 200} {
		resp, err := http.Get(site + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("/%s: %s", path, resp.Status)
		}
	}
	if note := r.get("readyz"); strings.Contains(note, "restart") {
		t.Errorf("it is ready, and says %s", note)
	}
}

// dialAs opens a WebSocket with such headers, which ends with the test, says Hello, and is welcomed.
func dialAs(t *testing.T, url string, header http.Header) (*wsconn.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), reloadPatience)
	t.Cleanup(cancel)
	conn, err := wsconn.Dial(ctx, url, header, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Drop() })
	f := core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24}
	if err := conn.Write(ctx, core.AppendFrame(nil, &f)); err != nil {
		return nil, err
	}
	_, err = conn.Read(ctx)
	return conn, err
}

func closedWith(err error) core.CloseCode {
	var closed *core.CloseError
	if errors.As(err, &closed) {
		return closed.Close
	}
	return 0
}
