package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// TestWebSocketsInTheREADME runs what the README of the server has for who has WebSockets and no client.
func TestWebSocketsInTheREADME(t *testing.T) {
	text := documents(t)[filepath.Join(root, "server/README.md")]
	_, text, _ = strings.Cut(text, "## From websocat")
	text, _, _ = strings.Cut(text, "\n## ")
	at := serveRates(t)
	text = strings.ReplaceAll(text, "127.0.0.1:8000", at)

	t.Run("websocat", func(t *testing.T) {
		commands := regexp.MustCompile(`(?m)^\$ (?:echo (\w+) \| )?websocat (?:--no-close )?'?(ws:[^'\s]+)`).FindAllStringSubmatch(text, -1)
		if len(commands) < 2 {
			t.Fatalf("there are %d", len(commands))
		}
		for _, command := range commands { // what websocat does with it
			ws, _, err := websocket.Dial(t.Context(), command[2], nil)
			if err != nil {
				t.Fatalf("%s: %v", command[0], err)
			}
			defer ws.CloseNow()
			if command[1] != "" {
				ws.Write(t.Context(), websocket.MessageText, []byte(command[1]))
			}
			if _, got, err := ws.Read(t.Context()); err != nil || command[1] != "" && string(got) != command[1] {
				t.Errorf("%s: %q, %v", command[0], got, err)
			}
		}
	})
	t.Run("Python", func(t *testing.T) {
		program, tiny := block(t, text, "python", "import asyncio, websockets"), block(t, text, "python", "MicroPython")
		out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", program).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "hello\n[\"fx.EURUSD\",") {
			t.Errorf("%s%v", out, err)
		}
		check := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import sys; compile(sys.argv[1], 'MicroPython', 'exec')", tiny)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("MicroPython: %s%v", out, err)
		}
	})
	t.Run("libzmq", func(t *testing.T) {
		modules, err := filepath.Abs(root + "/js/node_modules")
		if err != nil {
			t.Fatal(err)
		}
		program := block(t, text, "js", "require('zeromq')") + "rates.receive().then(([topic]) => { console.log(String(topic)); process.exit(); });"
		node := exec.CommandContext(t.Context(), "node", "-e", program)
		node.Env = append(os.Environ(), "NODE_PATH="+modules)
		if out, err := node.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "fx.") {
			t.Errorf("%s%v", out, err)
		}
	})
}

// serveRates starts the bridge of examples/curl with the demo, and returns its host and port.
func serveRates(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile(root + "/examples/curl/zwb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := unused.Ports(t, 4)
	for n := range 4 {
		file = []byte(strings.ReplaceAll(string(file), fmt.Sprint(":", 10001+n), fmt.Sprint(":", first+n)))
	}
	config := filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(config, file, 0o600); err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(startServe(t, "--config", config, "--demo", "--demo-port", fmt.Sprint(first)))
	if err != nil {
		t.Fatal(err)
	}
	return at.Host
}

// block is the code of a language with something in it.
func block(t *testing.T, text, language, has string) string {
	t.Helper()
	for _, rest := range strings.Split(text, "```"+language+"\n")[1:] {
		if code, _, _ := strings.Cut(rest, "```"); strings.Contains(code, has) {
			return code
		}
	}
	t.Fatalf("no %s has %s", language, has)
	return ""
}
