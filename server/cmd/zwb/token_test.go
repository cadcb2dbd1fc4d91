package main

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens.yaml")
	var out, said bytes.Buffer
	args := []string{"token", "--user", "trader1", "--claims", `{"groups":["trader"]}`, "--expires", "30d", "--file", file}
	if status := run(t.Context(), args, &out, &said); status != 0 {
		t.Fatalf("status %d: %s", status, said.String())
	}
	token := strings.TrimSpace(out.String())
	chain, err := users.New([]config.User{{Tokens: &config.Tokens{File: file}}}, users.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Close()
	got, err := chain.Authenticate(t.Context(), httptest.NewRequest("GET", "/data", nil), []byte(`{"token":"`+token+`"}`))
	if u := users.Of(got); err != nil || u.Name != "trader1" || time.Until(u.Expires).Round(time.Hour) != 30*24*time.Hour {
		t.Errorf("%+v, %v", u, err)
	}
	if status := run(t.Context(), []string{"token", "--file", file, "trader2"}, &out, &said); status != 0 {
		t.Errorf("a name alone: status %d: %s", status, said.String())
	}
	for _, wrong := range []string{"token", "token --user a --expires soon", "token --user a --expires -1h", "token --user a --claims []", "token --user a extra"} {
		if status := run(t.Context(), strings.Fields(wrong+" --file "+file), &out, &said); status != 2 {
			t.Errorf("%s: status %d", wrong, status)
		}
	}
}
