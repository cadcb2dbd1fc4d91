package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	tests := []struct {
		args   string
		status int
		out    string // stdout or stderr contains it
	}{
		{"", 2, "serve "},
		{"help codes", 0, "13  denied"},
		{"help serve", 0, "zwb serve -h"},
		{"req", 2, "which endpoint?"},
		{"req --bogus", 2, "see zwb req --help"},
		{"req echo hello --url tcp://127.0.0.1:1", 2, "the address of a bridge is like"},
		{"req --direct nonsense hello", 2, "invalid"},
		{"req echo hello --url http://127.0.0.1:1", 15, "no bridge answers at http://127.0.0.1:1: "},
		{"req echo --as base64", 2, "text, hex, json or msgpack"},
		{"req --direct tcp://127.0.0.1:1 0 --as hex", 2, "is not hex"},
		{"record prices", 2, "Say it with -o"},
		{"record prices --type req -o x", 2, "--type is sub, pull, pair"},
		{"record -o x", 2, "which endpoint?"},
		{"replay", 2, "which recording?"},
		{"replay /dev/null --to nowhere", 2, "--to is bind or connect"},
		{"replay /dev/null --to bind", 2, "takes one address"},
		{"replay /dev/null", 2, "where to?"},
		{"replay /dev/null feed --speed -1", 2, "--speed is a number"},
		{"replay /dev/null feed", 2, "it is no recording"},
		{"inspect /dev/null/nothing", 1, "not a directory"},
		{"help replay", 0, "--speed 0"},
		{"context select nobody", 2, "no context \"nobody\""},
		{"sub echo --token a --token-file b", 2, "two ways to say the same"},
		{"completion bash", 0, "bash completion"},
		{"__complete re", 0, "reload"},
		{"__complete serve --li", 0, "--listen"},
		{"help", 0, "serve "},
		{"version", 0, "zwb/"},
		{"bogus", 2, `no command "bogus"`},
		{"serve -h", 0, "-allow"},
		{"serve --no-such-flag", 2, "no flag --no-such-flag"},
		{"serve extra", 2, `unexpected argument "extra"`},
		{"serve --listen 127.0.0.1:0 --admin 127.0.0.1:0 --admin-token-file none", 2, "no such file"},
		{"serve --hwm 0", 2, "at least 1"},
		{"serve --cert x.pem", 2, "go together"},
		{"serve --prefix zwb", 2, "--prefix: prefix is a path"},
		{"serve --origin app.example.org", 2, "write scheme, host and port"},
		{"serve --origin http://localhost:*", 2, "a * may stand in the host"},
		{"serve --allow nonsense", 2, "write it as"},
		{"serve -h", 0, "rate=20/s hwm=100 overflow=conflate"},
		{"serve -h", 0, "history=10000,60s,16MiB"},
		{"serve --networks 10.0.0.1/8", 2, "did you mean 10.0.0.0/8?"},
		{"serve --networks 10.0.0.0/8 --demo", 2, "a rule allows 127.0.0.1, which is in none of the networks"},
		{"serve --listen 127.0.0.1:99999", 2, "--listen: invalid port"},
		{"serve --listen 127.0.0.1:0 --cert no.pem --key no.pem", 2, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			var out bytes.Buffer
			if got := run(t.Context(), strings.Fields(test.args), &out, &out); got != test.status {
				t.Errorf("exit status %d, want %d", got, test.status)
			}
			if !strings.Contains(out.String(), test.out) {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}

func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stdout, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--prefix", "/below/zwb/"}, w, io.Discard)
		w.Close()
	}()
	url, hint := "", false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if _, after, found := strings.Cut(lines.Text(), "console    "); found {
			url = after
		}
		if hint = strings.Contains(lines.Text(), "zwb serve --allow"); hint {
			break
		}
	}
	if url == "" || !hint {
		t.Fatal("it prints neither its address nor that nothing is allowed")
	}
	for path, want := range map[string]int{"healthz": 200, "readyz": 200, "": 200, "data": http.StatusUpgradeRequired, "nothing": 404, "below": 404,
		"below/zwb": 200, "below/zwb/": 200, "below/zwb/data": http.StatusUpgradeRequired, "below/zwb/healthz": 200, "below/zwb/nothing": 404} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("/%s: %s", path, resp.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	select {
	case status := <-ended:
		if status != 0 {
			t.Errorf("exit status %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
}

// TestConsoleNamesTheDemo: the page says where this bridge has its demo.
func TestConsoleNamesTheDemo(t *testing.T) {
	page, err := fs.ReadFile(pageFiles(true, 4711), "index.html")
	if err != nil || !bytes.Contains(page, []byte(`<meta name="demo-port" content="4711">`)) {
		t.Errorf("it does not: %v", err)
	}
}
