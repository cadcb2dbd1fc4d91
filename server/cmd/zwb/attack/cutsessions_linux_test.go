//go:build long

package attack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestSessionsThatAreCut hold what they held, but together no more than they may: the oldest end. The youngest goes on where it was.
func TestSessionsThatAreCut(t *testing.T) {
	t.Parallel()
	const sessions, each, together = 45, 8 * mebibyte, 256 * mebibyte
	const most = together / each
	message := strings.Repeat("x", 64<<10)
	b := start(t, fmt.Sprintf("endpoints:\n  echo: {type: REQ, address: '%s'}\n  feed: {type: SUB, address: '%s', hwm: 200}\n", echo(t),
		publisher(t, message, message, message, message, message)), nil)
	var tokens [][]byte
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		for n := range sessions {
			v, welcome, err := b.door().Enter(core.Frame{})
			if err != nil {
				t.Fatal(err)
			}
			v.Open(1, core.SUB, 0, "feed") // and no credit
			if v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1}); v.Hear(core.KindSubscribed) == nil {
				t.Fatal(v.End())
			}
			v.Close()
			tokens = append(tokens, welcome.Name)
			until(t, "the bridge sees that it is cut", func() bool {
				return int(b.metric("zwb_sessions_waiting")+b.metric(`zwb_sessions_lost_total{reason="expired"}`)) > n
			})
		}
		until(t, "the oldest end", func() bool { return b.metric("zwb_sessions_waiting") <= most })
	})
	if hits := b.metric(`zwb_limit_hits_total{limit="retained"}`); hits < sessions-most || b.metric("zwb_sessions_waiting") < most/2 {
		t.Errorf("it was hit %v times, and %v sessions wait", hits, b.metric("zwb_sessions_waiting"))
	}
	for n, resumes := range map[int]bool{0: false, 1: false, sessions - 1: true} {
		v, welcome, err := b.door().Enter(core.Frame{Name: tokens[n]})
		if err != nil {
			t.Fatal(err)
		}
		if resumed := welcome.Flags&core.FlagResumed != 0; resumed != resumes {
			t.Errorf("the session that was cut as the %dth goes on: %v", n+1, resumed)
		}
		v.Close()
	}
}
