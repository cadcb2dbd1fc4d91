package attack

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestSilentConnectionsMakeRoomForOthers: with few file descriptors, those that say nothing are the first to go.
func TestSilentConnectionsMakeRoomForOthers(t *testing.T) {
	t.Parallel()
	few := filepath.Join(t.TempDir(), "zwb")
	script := "#!/bin/sh\nulimit -n 100\nexec " + zwb + ` "$@"` + "\n"
	if err := os.WriteFile(few, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	b := startBinary(t, few, "", nil)
	for range 400 {
		if conn, err := b.door().Dial(); err == nil {
			defer conn.Close()
		}
	}
	if resp, _ := ask(t, "GET", "http://"+b.address+"/healthz", func(r *http.Request) { r.Close = true }); resp.StatusCode != 200 {
		t.Errorf("it is not healthy: %s", resp.Status)
	}
	v := b.door().Join()
	if v == nil {
		t.Fatal("no WebSocket opens")
	}
	v.Close()
}

// TestGarbage: whoever says what is no protocol is disconnected, is told why where that can be, and nobody else notices.
func TestGarbage(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil)
	innocent := b.door().Join()
	if innocent == nil {
		t.Fatal("there is no bridge")
	}
	defer innocent.Close()
	binary := func(text string) []byte {
		return append(intruder.Announce(intruder.OpLast|intruder.OpBinary, len(text)), text...)
	}
	for name, says := range map[string][]byte{
		"no frame":                 binary(""),
		"a frame without a kind":   binary("\x00"),
		"a frame that is cut":      binary("\x7f\x21"),
		"a varint without end":     binary(strings.Repeat("\xff", 20)),
		"a frame of the bridge":    binary("\x02\x21\x01"),
		"a second Hello":           binary("\x08\x01\x01\x00\x00\x00\x00\x00\x00"),
		"noise":                    binary(strings.Repeat("\x55\xaa\x00\xff", 1000)),
		"text":                     append(intruder.Announce(intruder.OpLast|intruder.OpText, 2), "hi"...),
		"an operation of nobody":   intruder.Announce(intruder.OpLast|3, 0),
		"reserved bits":            intruder.Announce(intruder.OpLast|0x70|intruder.OpBinary, 0),
		"a frame without a mask":   {0x82, 1, 0},
		"more of nothing":          intruder.Announce(intruder.OpLast|intruder.OpMore, 1),
		"a length of 2^63":         {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a gigabyte":               intruder.Announce(intruder.OpLast|intruder.OpBinary, 1<<30),
		"a Ping that is too large": append(intruder.Announce(intruder.OpLast|intruder.OpPing, 200), make([]byte, 200)...),
		"HTTP":                     []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	} {
		v := b.door().Join()
		if v == nil {
			t.Fatalf("%s: there is no bridge any more", name)
		}
		v.Raw(says)
		v.Raw(says)
		v.SetReadDeadline(time.Now().Add(patience))
		for {
			if _, err := v.Message(); err != nil {
				if timeout, is := err.(net.Error); is && timeout.Timeout() {
					t.Errorf("%s: the WebSocket goes on", name)
				}
				break
			}
		}
		v.Close()
	}
	if innocent.Say(core.Frame{Kind: core.KindPing, ID: 1}); innocent.Hear(core.KindPong) == nil {
		t.Error("the innocent are disconnected, too: ", innocent.End())
	}
}
