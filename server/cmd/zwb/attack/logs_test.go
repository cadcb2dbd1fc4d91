package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// forgery is what would be a line of its own in a log, and change what a terminal shows.
const forgery = "x\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\ntime=2030-01-01T00:00:00Z level=ERROR msg=forged\x1b[2J\x1b]0;owned\x07\u2028\u202e\x00\""

// TestLogInjection: whatever somebody says of themselves, a line of the log is one line, is in the format of the log, and has nothing
// that a terminal acts on; and so is a line of the audit.
func TestLogInjection(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		b := start(t, "audit: audit.json\nlog: {level: debug, format: "+format+"}\n"+withSecret, secretFile)
		claims := map[string]any{"note": forgery}
		for range 3 {
			sayForgeries(t, b, claims)
		}
		until(t, "the audit", func() bool { return strings.Count(b.read("audit.json"), "\n") > 3 })
		b.process.Signal(syscall.SIGTERM) // all is written then
		until(t, "the end", func() bool { return strings.Contains(b.said.String(), "shutting down") })
		logs := b.said.String()
		_, logs, _ = strings.Cut(logs, b.admin+"/\n")
		for text := range strings.Lines(b.read("audit.json")) {
			checkLine(t, "json", text)
		}
		for text := range strings.Lines(logs) {
			checkLine(t, format, text)
		}
		if !strings.Contains(logs, "forged") {
			t.Error("nothing of it was logged, so nothing was tried")
		}
	}
}

func checkLine(t *testing.T, format, line string) {
	t.Helper()
	line = strings.TrimSuffix(line, "\n")
	var fields map[string]any
	switch {
	case format == "json" && json.Unmarshal([]byte(line), &fields) != nil:
		t.Errorf("a line is no JSON: %q", line)
	case format == "json" && fields["msg"] == "forged", format == "text" && !strings.HasPrefix(line, "time=20"), strings.HasPrefix(line, "time=2030"):
		t.Errorf("a line is forged: %q", line)
	case strings.ContainsAny(line, "\x1b\x07\x00\r\u2028\u202e"):
		t.Errorf("a terminal would act on %q", line)
	}
}

// sayForgeries says it wherever something is said.
func sayForgeries(t *testing.T, b *bridge, claims map[string]any) {
	t.Helper()
	oneLine := strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ", "\x1b", " ", "\x07", " ").Replace(forgery)
	hello := credentials(signed("mallory", claims))
	hello.Text = []byte(forgery) // the agent
	v, _, err := b.door().Enter(hello)
	if err != nil {
		t.Fatal(err)
	}
	for n, typ := range []core.SocketType{core.SUB, core.REQ, core.PUB} {
		v.Say(core.Frame{Kind: core.KindOpen, Socket: uint32(n + 1), ID: 1, Type: typ, Name: []byte(forgery), Text: []byte(forgery), Params: asJSON(claims)},
			core.Frame{Kind: core.KindOpen, Socket: uint32(n + 1), ID: 2, Type: typ, Text: []byte("x forged \u2028\u202e"), Params: asJSON(claims)})
	}
	v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte(forgery)})
	v.Frames(50 * time.Millisecond)
	v.Say(core.Frame{Kind: core.KindMessage, Socket: 99, Parts: core.Message{[]byte(forgery)}}) // which ends it
	v.AwaitEnd()
	door := b.door()
	door.Origin, door.Host, door.Headers = "https://"+oneLine, oneLine, []string{"User-Agent: " + oneLine, "Cookie: " + oneLine, "X-Forwarded-For: " + oneLine}
	for range 2 {
		if v, err := door.Knock(); err == nil {
			v.AwaitEnd()
			v.Close()
		}
		door.Host = "" // without which the rest is read, too
	}
	for _, user := range []string{forgery, "a\nb", "forged\u202e", "forged\u2028"} {
		if v, _, err := b.door().Enter(credentials(signed(user, nil))); err == nil {
			v.Close()
			if strings.Contains(user, "\n") {
				t.Errorf("somebody is called %q", user)
			}
		}
	}
	conn, err := b.door().Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: a\r\n%s: b\r\n\r\n", oneLine, oneLine)
}

// TestFloodOfLines: whoever has the bridge log all the time does not fill the disk.
func TestFloodOfLines(t *testing.T) {
	t.Parallel()
	b := start(t, "limits: {connections: 10000}\n", nil)
	for range 2000 {
		if v := b.door().Join(); v != nil {
			v.Say(core.Frame{Kind: core.KindMessage, Socket: 99, Parts: core.Message{bytes.Repeat([]byte("x"), 1000)}})
			v.AwaitEnd()
			v.Close()
		}
	}
	if logs := b.said.String(); len(logs) > 64<<10 {
		t.Errorf("2000 connections have it write %d KiB", len(logs)>>10)
	}
}
