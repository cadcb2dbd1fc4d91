package users

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// tokenPrefix makes a token recognizable to whoever looks for what should not be where it is.
const tokenPrefix = "zwb_"

// IsToken tells whether a text looks like a token itself, which should be seen by nobody but its user.
func IsToken(text string) bool {
	_, isJWT := peek(text)
	return isJWT || strings.HasPrefix(text, tokenPrefix)
}

// NewToken makes a token of 256 random bits, and the entry of a file of tokens that says whose it is. The token itself is
// nowhere but in what is returned.
func NewToken(holder TokenHolder) (token string, entry []byte, err error) {
	if !validName(holder.User) {
		return "", nil, errNoTokenUser
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	token = tokenPrefix + base64.RawURLEncoding.EncodeToString(secret)
	entry, err = yaml.Dump(map[string]TokenHolder{hashOf(token): holder})
	return token, entry, err
}

// ParseClaims reads the claims of a token: a JSON object, or nothing.
func ParseClaims(text string) (claims map[string]any, err error) {
	if text == "" {
		return nil, nil
	}
	if json.Unmarshal([]byte(text), &claims) != nil || claims == nil {
		return nil, errors.New(`claims are a JSON object, as in {"groups":["trader"]}`)
	}
	return claims, nil
}

// AppendToken makes a token, and appends its entry to a file, which only its owner can read if it is new. It refuses a
// file that is none of tokens.
func AppendToken(file string, holder TokenHolder) (token string, err error) {
	token, entry, err := NewToken(holder)
	if err != nil {
		return "", err
	}
	text, err := readFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if _, err := parseTokens(text); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		entry = append([]byte("\n"), entry...)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(entry)
	return token, errors.Join(err, f.Close())
}

// ExpiresIn is the time in so long, in whole seconds; zero for never, which is 0.
func ExpiresIn(life time.Duration) time.Time {
	if life == 0 {
		return time.Time{}
	}
	return time.Now().Add(life).UTC().Truncate(time.Second)
}
