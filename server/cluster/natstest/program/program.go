package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// version is that of the nats-server that tests and examples run. It is a program of its own and no requirement of this module.
const version = "v2.15.2"

// Path is where nats-server is. It is built if it is not there yet, which needs Go and a network, and takes a minute.
func Path() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "zwb-test")
	binary := filepath.Join(folder, "nats-server-"+version)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(folder, "build-*") // several processes may do this at once
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	build := exec.Command("go", "install", "github.com/nats-io/nats-server/v2@"+version)
	build.Dir, build.Env = fresh, append(os.Environ(), "GOBIN="+fresh, "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building nats-server: %w\n%s", err, out)
	}
	return binary, os.Rename(filepath.Join(fresh, "nats-server"), binary)
}
