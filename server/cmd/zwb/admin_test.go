package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
)

// serveAdmin runs zwb serve with an admin listener, and returns what it says of that, which is a URL.
func serveAdmin(t *testing.T, args ...string) (link string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stdout, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--drain", "0", "--admin", "127.0.0.1:0"}, args...), w, os.Stderr)
		w.Close()
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("exit status %d", status)
		}
	})
	lines := bufio.NewScanner(stdout)
	for link == "" && lines.Scan() {
		_, link, _ = strings.Cut(lines.Text(), "admin      ")
	}
	go io.Copy(io.Discard, stdout) // ends with the pipe
	if link == "" {
		t.Fatal("it does not say where the admin listener is")
	}
	return link
}

// statusWith asks with a token.
func statusWith(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode
}

func TestServeAdmin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.json")
	link := serveAdmin(t, "--audit", file)
	url, token, found := strings.Cut(link, "#token=")
	if !found {
		t.Fatalf("the link is %s", link)
	}
	if got := statusWith(t, url+"metrics", ""); got != 200 {
		t.Errorf("metrics without the token: %d", got)
	}
	if got := statusWith(t, url+"api/stats", "another"); got != 401 {
		t.Errorf("JSON with another token: %d", got)
	}
	if got := statusWith(t, url+"api/stats", token); got != 200 {
		t.Errorf("JSON with the token: %d", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the audit log: %v, %v", info, err)
	}
}

// TestServeAdminTokenFile: a token of one's own is not printed.
func TestServeAdminTokenFile(t *testing.T) {
	const token = "a-token-that-nobody-guesses"
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := serveAdmin(t, "--admin-token-file", file)
	if strings.Contains(url, token) {
		t.Errorf("it prints the token: %s", url)
	}
	if got := statusWith(t, url+"api/stats", token); got != 200 {
		t.Errorf("%d", got)
	}
}

// TestAuditIsRotated: after a signal the decisions are in a file of the old name again.
func TestAuditIsRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	file, err := audit.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := &overseer{audit: audit.New(file), log: slog.New(slog.DiscardHandler)}
	v.file.Store(file)
	ctx, stop := context.WithCancel(t.Context())
	told, ended := make(chan os.Signal), make(chan struct{})
	go func() { // ended by stop
		defer close(ended)
		v.reopenOn(ctx, told)
	}()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	told <- syscall.SIGHUP
	told <- syscall.SIGHUP // the first one was dealt with
	v.audit.Decided(server.Decision{What: "connect"})
	stop()
	<-ended
	v.close()
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), `"what":"connect"`) {
		t.Errorf("%s, %v", text, err)
	}
}

// TestTop: it says what a bridge does, with the link that zwb serve prints.
func TestTop(t *testing.T) {
	link := serveAdmin(t, "--allow", "REQ tcp://127.0.0.1:1")
	status, said := zwb(t, "top", link)
	var shown struct {
		Version   string
		Endpoints []struct{ Name, Backends string }
	}
	if err := json.Unmarshal([]byte(said), &shown); status != 0 || err != nil || shown.Version != server.Version {
		t.Errorf("exit status %d, %v: %s", status, err, said)
	}
	link, _, _ = strings.Cut(link, "#")
	for args, want := range map[string]string{link: "with the token behind #", link + "#token=wrong": "401", "--admin 127.0.0.1:1": "known only from a file"} {
		if status, said := zwb(t, append([]string{"top"}, strings.Fields(args)...)...); status == 0 || !strings.Contains(said, want) {
			t.Errorf("top %s: exit status %d: %s", args, status, said)
		}
	}
}
