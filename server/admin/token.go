package admin

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"
)

// NewToken makes a token that nobody can guess.
func NewToken() string { return rand.Text() + rand.Text() }

// shortest is how many characters a token has at least. One of these is no word that somebody tries.
const shortest = 16

// ReadToken reads a token from a file: what stands in it, without the white space around. The error says so if that is too short
// to be secret.
func ReadToken(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if len(token) < shortest {
		return "", errors.New(name + ": an admin token has at least 16 characters")
	}
	return token, nil
}
