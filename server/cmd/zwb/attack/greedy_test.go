package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// withFewFiles is a zwb that may have so many file descriptors.
func withFewFiles(t *testing.T, most int) string {
	t.Helper()
	few := filepath.Join(t.TempDir(), "zwb")
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", most, zwb)
	if err := os.WriteFile(few, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return few
}

// TestOneClientTakesAllBackends: clients that open as many connections to backends as they get leave some to those who come later, and what is
// open already is for everybody.
func TestOneClientTakesAllBackends(t *testing.T) {
	t.Parallel()
	address := echo(t)
	b := startBinary(t, withFewFiles(t, 300), "addresses:\n  - {types: [REQ], address: 'tcp://127.0.0.0/8:*'}\nendpoints:\n  echo: {type: REQ, address: '"+address+"'}\n", nil)
	innocent := b.askingEcho(core.Frame{})
	whileServed(t, innocent, func() {
		var greedy []*intruder.Intruder
		for n := range 4 {
			v := b.enter("")
			greedy = append(greedy, v)
			got := 0
			for socket := uint32(1); ; socket++ {
				v.Open(socket, core.REQ, 0, fmt.Sprintf("tcp://127.0.%d.%d:1", n+1, socket))
				f := v.Hear(core.KindRefused, core.KindOpened, core.KindState)
				if f == nil || socket == 200 {
					t.Fatalf("he gets %d connections: %+v, %v", socket, f, v.End())
				}
				if f.Kind == core.KindRefused {
					if f.Code != core.Busy {
						t.Errorf("more than his share is refused with %v", f.Code)
					}
					break
				}
				got++
			}
			if got < 4 {
				t.Errorf("he gets %d", got)
			}
		}
		greedy[0].Open(1000, core.REQ, 0, "echo")
		if f := greedy[0].Hear(core.KindRefused, core.KindOpened); f == nil || f.Kind != core.KindOpened {
			t.Errorf("what others have open may not be shared: %+v, %v", f, greedy[0].End())
		}
		newcomer := b.enter("")
		newcomer.Open(1, core.REQ, 0, echo(t))
		newcomer.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{[]byte("x")}})
		if f := newcomer.Hear(core.KindReply, core.KindFailed, core.KindRefused); f == nil || f.Kind != core.KindReply {
			t.Errorf("a newcomer is told %+v, %v", f, newcomer.End())
		}
		for _, v := range greedy {
			v.Close()
		}
	})
}
