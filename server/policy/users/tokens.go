package users

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// tokens takes those that [NewToken] makes. Their file has nothing by which one could be found. It is read again when it
// has changed, so a token that is taken out of it is of no use any more for whoever comes then.
type tokens struct {
	file string
	log  *slog.Logger

	mu      sync.Mutex
	known   map[string]TokenHolder // by the SHA-256 of the token
	read    os.FileInfo
	looked  time.Time
	unknown bool // the file cannot be read at present, and it was said
}

// TokenHolder is whose a token is: a value of the file of tokens, whose keys are the SHA-256 of the tokens in hex.
type TokenHolder struct {
	User    string         `yaml:"user"`
	Claims  map[string]any `yaml:"claims,omitempty"`
	Expires time.Time      `yaml:"expires,omitempty"` // zero: never
}

// lookAgain is how often it is looked whether the file has changed, at most.
const lookAgain = time.Second

func newTokens(c config.Tokens, o Options) (entry, error) {
	t := &tokens{file: c.File, log: o.Log}
	if err := t.readAgain(); err != nil {
		return nil, fmt.Errorf("tokens: file: %w", err)
	}
	return t, nil
}

// readAgain reads the file if it has changed. The lock is held, or nobody else knows the entry yet.
func (t *tokens) readAgain() error {
	t.looked = time.Now()
	info, err := os.Stat(t.file)
	if err != nil {
		return err
	}
	if t.read != nil && info.ModTime().Equal(t.read.ModTime()) && info.Size() == t.read.Size() && os.SameFile(info, t.read) {
		return nil
	}
	text, err := readFile(t.file)
	if err != nil {
		return err
	}
	known, err := parseTokens(text)
	if err != nil {
		return fmt.Errorf("%s: %w", t.file, err)
	}
	t.known, t.read = known, info
	return nil
}

// parseTokens reads a file of tokens.
func parseTokens(text []byte) (known map[string]TokenHolder, err error) {
	known = map[string]TokenHolder{}
	if saysNothing(text) {
		return known, nil
	}
	if err := yaml.Load(text, &known, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	for hash, holder := range known {
		if known[hash], err = holder.asJSON(); err != nil {
			return nil, fmt.Errorf("the claims of the token %.8s…: %w", hash, err)
		}
		if sum, err := hex.DecodeString(hash); err != nil || len(sum) != 32 {
			return nil, fmt.Errorf("%.70q is no SHA-256 in hex, as zwb token writes it", hash)
		}
		if !validName(holder.User) {
			return nil, fmt.Errorf("the token %.8s… has no user", hash)
		}
	}
	return known, nil
}

// saysNothing tells whether there are only comments, which to the library is no document.
func saysNothing(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// asJSON has the claims as those of a JWT are, so that rules need not know where they are from.
func (h TokenHolder) asJSON() (TokenHolder, error) {
	text, err := json.Marshal(h.Claims)
	h.Claims = map[string]any{}
	if err == nil && string(text) != "null" {
		err = json.Unmarshal(text, &h.Claims)
	}
	return h, err
}

func (t *tokens) identify(_ context.Context, p *presented) (any, error) {
	if p.token == "" {
		return nil, errAbsent
	}
	if _, isJWT := peek(p.token); isJWT {
		return nil, errOthers
	}
	return unlessWrong(t.user(hashOf(p.token)))
}

// user is whose a token is, by its hash.
func (t *tokens) user(hash string) (User, error) {
	holder, known := t.find(hash)
	switch {
	case !known:
		return User{}, errUnknown
	case !holder.Expires.IsZero() && !time.Now().Before(holder.Expires):
		return User{}, errExpired
	}
	return User{Issuer: "tokens", Name: holder.User, Claims: holder.Claims, Expires: holder.Expires, TokenID: hash, grounds: grounds{by: "tokens"}}, nil
}

func (t *tokens) still(_ *http.Request, u User) (User, error) {
	if u.grounds.by != "tokens" {
		return User{}, errAbsent
	}
	return t.user(u.TokenID)
}

// find looks for a token. A file that has become unreadable changes nothing.
func (t *tokens) find(hash string) (TokenHolder, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.looked) >= lookAgain {
		err := t.readAgain()
		if err != nil && !t.unknown {
			t.log.Error("the file of tokens cannot be read: those that were known before hold", "err", err)
		}
		t.unknown = err != nil
	}
	holder, known := t.known[hash]
	return holder, known
}

func (*tokens) close() {}

var errNoTokenUser = errors.New("a token has a user: up to 256 bytes, without control characters")
