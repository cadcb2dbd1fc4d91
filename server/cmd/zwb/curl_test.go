package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurlExample runs the commands of examples/curl, and compares what they print with what the README says. A line that ends in …
// is the beginning of one.
func TestCurlExample(t *testing.T) {
	text, err := os.ReadFile(curlFolder + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	config, port := curlConfig(t)
	at, err := url.Parse(startServe(t, "--config", config, "--demo", "--demo-port", port))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, block := range strings.Split(string(text), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			commands++
			shell := exec.Command("bash", "-c", strings.ReplaceAll(command, "127.0.0.1:8000", at.Host))
			shell.Dir = filepath.Dir(config)
			got, err := shell.CombinedOutput()
			if err != nil || !isSaid(string(got), want) {
				t.Errorf("$ %s\n%s%v; the README says\n%s", command, got, err, want)
			}
		}
	}
	if commands < 6 {
		t.Errorf("there are %d commands", commands)
	}
}

const curlFolder = root + "/examples/curl/"

// curlConfig is the file of examples/curl with the demo at another port than usual.
func curlConfig(t *testing.T) (config, port string) {
	t.Helper()
	file, err := os.ReadFile(curlFolder + "zwb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := freePorts(t)
	for n := range 4 {
		file = []byte(strings.ReplaceAll(string(file), fmt.Sprint(":", 10001+n), fmt.Sprint(":", first+n)))
	}
	config = filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(config, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return config, fmt.Sprint(first)
}

// freePorts is the first of four ports, one after the other, at which nobody listens.
func freePorts(t *testing.T) (first int) {
	t.Helper()
	for range 100 {
		var held []net.Listener
		l, err := net.Listen("tcp", "127.0.0.1:0")
		for err == nil {
			held = append(held, l)
			first = held[0].Addr().(*net.TCPAddr).Port
			if len(held) == 4 {
				break
			}
			l, err = net.Listen("tcp", fmt.Sprint("127.0.0.1:", first+len(held)))
		}
		for _, l := range held {
			l.Close()
		}
		if err == nil {
			return first
		}
	}
	t.Fatal("there are no four free ports")
	return 0
}

// isSaid compares lines, of which the README may have the beginning only.
func isSaid(got, want string) bool {
	lines, wanted := strings.Split(strings.TrimSpace(got), "\n"), strings.Split(strings.TrimSpace(want), "\n")
	if len(lines) != len(wanted) {
		return false
	}
	for i, line := range wanted {
		if beginning, clipped := strings.CutSuffix(line, "…"); clipped && strings.HasPrefix(lines[i], beginning) {
			continue
		}
		if line != lines[i] {
			return false
		}
	}
	return true
}
