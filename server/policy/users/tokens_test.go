package users

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func tokensChain(t *testing.T, path string, o Options) *Chain {
	t.Helper()
	return chain(t, o, config.User{Tokens: &config.Tokens{File: path}})
}

// now makes the entry look at its file again.
func (c *Chain) lookAgain() {
	e := c.entries[0].(*tokens)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.looked = time.Time{}
}

func TestTokens(t *testing.T) {
	path := file(t, "tokens.yaml", "# of the desk") // without an end of line
	claims, err := ParseClaims(`{"groups":["trader"],"desks":{"a":1}}`)
	if err != nil {
		t.Fatal(err)
	}
	expires := ExpiresIn(time.Hour)
	first, err := AppendToken(path, TokenHolder{User: "tom", Claims: claims, Expires: expires})
	if err != nil {
		t.Fatal(err)
	}
	c := tokensChain(t, path, Options{})
	user, err := helloToken(first).to(c)
	wantUser(t, user, err, "tokens", "tom")
	u := Of(user)
	groups, _ := u.Claims["groups"].([]any)
	desks, _ := u.Claims["desks"].(map[string]any)
	if len(groups) != 1 || desks["a"] != 1.0 || !u.Expires.Equal(expires) || u.TokenID != hashOf(first) {
		t.Errorf("%+v", u)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(first, tokenPrefix)); err != nil || len(raw) != 32 {
		t.Errorf("%q has %d bytes, %v", first, len(raw), err)
	}
	text, _ := os.ReadFile(path)
	if bytes.Contains(text, []byte(first[4:])) || !bytes.HasPrefix(text, []byte("# of the desk\n")) {
		t.Errorf("the file is\n%s", text)
	}

	second, err := AppendToken(path, TokenHolder{User: "eve", Expires: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	third, err := AppendToken(path, TokenHolder{User: "tim"})
	if err != nil {
		t.Fatal(err)
	}
	c.lookAgain()
	_, err = helloToken(second).to(c)
	if wantCode(t, err, core.Unauthenticated); !expired(err) {
		t.Errorf("%v", err)
	}
	user, err = helloToken(third).to(c)
	wantUser(t, user, err, "tokens", "tim")
	if !Of(user).Expires.IsZero() {
		t.Error("it expires")
	}
}

// A token that is taken out of the file is of no use any more. A file that is broken changes nothing.
func TestTokensOfAChangedFile(t *testing.T) {
	path := file(t, "tokens.yaml", "")
	token, err := AppendToken(path, TokenHolder{User: "tom"})
	if err != nil {
		t.Fatal(err)
	}
	log := new(journal)
	c := tokensChain(t, path, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	for _, text := range []string{"this: [is no file of tokens", "abc: {user: tom}"} {
		os.WriteFile(path, []byte(text), 0o600)
		c.lookAgain()
		user, err := helloToken(token).to(c)
		wantUser(t, user, err, "tokens", "tom")
	}
	if !strings.Contains(log.String(), "cannot be read") {
		t.Errorf("nobody is told: %s", log)
	}
	if _, err := AppendToken(path, TokenHolder{User: "tim"}); err == nil {
		t.Error("a broken file is appended to")
	}
	os.WriteFile(path, []byte("# none is left\n"), 0o600)
	c.lookAgain()
	_, err = helloToken(token).to(c)
	wantCode(t, err, core.Unauthenticated)
}

func TestNewTokenIsSomebodys(t *testing.T) {
	for _, user := range []string{"", "a\nb", strings.Repeat("a", 300)} {
		if _, _, err := NewToken(TokenHolder{User: user}); err == nil {
			t.Errorf("%q", user)
		}
	}
	for _, text := range []string{"[]", "null", "x", `{"a":}`} {
		if _, err := ParseClaims(text); err == nil {
			t.Errorf("%s are claims", text)
		}
	}
}
