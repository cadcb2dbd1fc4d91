package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// TestExamplesOfCommands runs the commands of examples, and compares what they print with what the README says. A line that ends in …
// is the beginning of one.
func TestExamplesOfCommands(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for folder, least := range map[string]int{"curl": 6, "terminal": 17} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			runExample(t, root+"/examples/"+folder, bin, least)
		})
	}
}

// runExample runs the commands of an example beside a bridge of its own, with the file of examples/curl.
func runExample(t *testing.T, folder, bin string, least int) {
	text, err := os.ReadFile(folder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	config, first := namedDemo(t)
	at, err := url.Parse(startServe(t, "--config", config, "--demo", "--demo-port", fmt.Sprint(first)))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, block := range strings.Split(string(moved(text, first)), "```console\n")[1:] {
		block, _, _ = strings.Cut(strings.ReplaceAll(block, "127.0.0.1:8000", at.Host), "```")
		for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			commands++
			shell := exec.Command("bash", "-c", command)
			shell.Dir = filepath.Dir(config)
			shell.Env = append(os.Environ(), "ZWB_URL=http://"+at.Host, "XDG_CONFIG_HOME="+shell.Dir, "HOME="+shell.Dir,
				"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			got, err := shell.CombinedOutput()
			if err != nil || !isSaid(string(got), want) {
				t.Errorf("$ %s\n%s%v; the README says\n%s", command, got, err, want)
			}
		}
	}
	if commands < least {
		t.Errorf("there are %d commands", commands)
	}
}

// namedDemo is the file of examples/curl for a demo at other ports, of which it returns the first.
func namedDemo(t *testing.T) (config string, first int) {
	t.Helper()
	file, err := os.ReadFile(root + "/examples/curl/zwb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first = unused.Ports(t, 4)
	config = filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(config, moved(file, first), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, first
}

// moved is a text whose demo is at other ports.
func moved(text []byte, first int) []byte {
	for n := range 4 {
		text = []byte(strings.ReplaceAll(string(text), fmt.Sprint(":", 10001+n), fmt.Sprint(":", first+n)))
	}
	return text
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
