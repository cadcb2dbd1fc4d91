package cluster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

func message(parts ...string) core.Body {
	m := core.Message{}
	for _, p := range parts {
		m = append(m, []byte(p))
	}
	return core.EncodeBody(m)
}

// remembering is a bridge that has last values.
func remembering(t *testing.T, urls string, values ...core.Body) (*bridge, *cluster.LastValues) {
	t.Helper()
	b := join(t, urls)
	l := cluster.NewLastValues(b.Connection, b.Presence, func(endpoint, prefix string, _ int) []core.Body {
		if endpoint != "prices" || prefix != "fx." {
			t.Errorf("it is asked for %q at %q", prefix, endpoint)
		}
		return values
	})
	runs(t, l.Run)
	return b, l
}

// TestLastValues are asked of all other bridges; who does not answer costs little time, and without NATS there are none.
func TestLastValues(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, of := remembering(t, servers.URLs())
	b, _ := remembering(t, servers.URLs(), message("fx.EURUSD", "1"), message("fx.GBPUSD", strings.Repeat("x", 100_000)))
	c, _ := remembering(t, servers.URLs(), message("fx.CHFUSD", ""))
	lost, _ := remembering(t, servers.URLs())
	liar, _ := remembering(t, servers.URLs(), message("time", "of which nobody has asked"), message("fx.JPYUSD", "1"))
	a.awaits(t, a, b, c, lost, liar)
	lost.NATS().Close()
	begun := time.Now()
	topics := map[string]bool{}
	for _, value := range of.Ask(t.Context(), "prices", "fx.") {
		topics[string(value.Topic())] = true
	}
	if len(topics) != 3 || topics["time"] || topics["fx.JPYUSD"] {
		t.Errorf("it has %v", topics)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	servers.Kill(0)
	awaitUp(t, a.Connection, false)
	if got := of.Ask(t.Context(), "prices", "fx."); got != nil {
		t.Errorf("without NATS it has %q", got)
	}
}

// TestHostileLastQuestions are not answered.
func TestHostileLastQuestions(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	_, _ = remembering(t, servers.URLs())
	stranger := open(t, servers.URLs())
	awaitUp(t, stranger, true)
	answers := make(chan *nats.Msg, 100)
	heard, err := stranger.NATS().ChanSubscribe("answers", answers)
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Unsubscribe()
	for _, text := range []string{"", "short", strings.Repeat("x", 16), strings.Repeat("x", 17), strings.Repeat("x", 16) + "\xff\xff\x7f", strings.Repeat("x", 200_000)} {
		if err := stranger.NATS().PublishRequest("zwb.test.last", "answers", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	wait.For(t, "what makes sense to be answered", func() bool {
		if err := stranger.NATS().PublishRequest("zwb.test.last", "answers", []byte(strings.Repeat("x", 16)+"\x06pricesfx.")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		return len(answers) > 0
	})
	if m := <-answers; len(m.Data) != 16 {
		t.Errorf("it answers %q", m.Data)
	}
}
