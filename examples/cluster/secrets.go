package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"
)

// secrets are made at the first start, and are in the folder from then on.
type secrets struct {
	bridge *key   // with which bridges prove to NATS that they are bridges
	node   string // the password among NATS nodes
	admin  string // the password of NATS' own account
	token  string // for the admin listeners of the bridges
}

// key is a pair: the seed is for the bridges, and the public key for NATS.
type key struct{ seed, public string }

func makeSecrets(dir string) (s secrets, err error) {
	seed, err := kept(filepath.Join(dir, "bridge.nk"), newSeed)
	if err != nil {
		return s, err
	}
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		return s, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return s, err
	}
	s.bridge = &key{seed, public}
	for name, text := range map[string]*string{"node.password": &s.node, "admin.password": &s.admin, "admin.token": &s.token} {
		if *text, err = kept(filepath.Join(dir, name), func() (string, error) { return rand.Text(), nil }); err != nil {
			return s, err
		}
	}
	return s, nil
}

func newSeed() (string, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", err
	}
	seed, err := pair.Seed()
	return string(seed), err
}

// kept is what stands in a file, which is made if it is not there.
func kept(name string, fresh func() (string, error)) (string, error) {
	text, err := os.ReadFile(name)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret, err := fresh()
	if err != nil {
		return "", err
	}
	return secret, os.WriteFile(name, []byte(secret+"\n"), 0o600)
}
