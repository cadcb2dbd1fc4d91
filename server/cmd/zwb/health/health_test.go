package health

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func TestOf(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8000":     "http://127.0.0.1:8000/readyz",
		":8000":              "http://localhost:8000/readyz",
		"[::]:8000":          "http://localhost:8000/readyz",
		"0.0.0.0:8000":       "http://localhost:8000/readyz",
		"unix:/run/zwb.sock": "http://localhost/readyz",
	} {
		at, err := Of(&settings.Settings{File: &config.File{Listen: config.Strings{listen}}})
		if err != nil || at.URL != want {
			t.Errorf("%s: %s, %v", listen, at.URL, err)
		}
	}
	if _, err := Of(&settings.Settings{File: &config.File{Listen: config.Strings{"systemd:web"}}}); err == nil {
		t.Error("it knows where systemd listens")
	}
	at, err := Of(&settings.Settings{File: &config.File{Listen: config.Strings{":443"}, TLS: &config.TLS{}}})
	if err != nil || at.URL != "https://localhost:443/readyz" {
		t.Errorf("with TLS: %s, %v", at.URL, err)
	}
}

// TestAsk: over TCP, TLS with the certificate of another name, and a socket of Unix; and a bridge that is about to end says no.
func TestAsk(t *testing.T) {
	ready := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.Error(w, "shutting down\x1b[2J", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ready\nand more")
	})
	plain, secure := httptest.NewServer(ready), httptest.NewTLSServer(ready)
	defer plain.Close()
	defer secure.Close()
	path := filepath.Join(t.TempDir(), "zwb.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	file := &httptest.Server{Listener: l, Config: &http.Server{Handler: ready}}
	file.Start()
	defer file.Close()
	for _, at := range []Place{{URL: plain.URL + "/readyz"}, {URL: secure.URL + "/readyz", own: true}, {URL: "http://localhost/readyz", socket: path}} {
		if said, err := Ask(t.Context(), at); err != nil || said != "ready" {
			t.Errorf("%+v: %q, %v", at, said, err)
		}
	}
	if _, err := Ask(t.Context(), Place{URL: plain.URL + "/other"}); err == nil || !strings.Contains(err.Error(), "shutting down") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("from one that ends: %v", err)
	}
	if _, err := Ask(t.Context(), Place{URL: secure.URL + "/readyz"}); err == nil {
		t.Error("the certificate of a URL is not looked at")
	}
}
