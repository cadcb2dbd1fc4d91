package cluster_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// obeying is a bridge that carries orders out.
func obeying(t *testing.T, urls string, carryOut func(context.Context, cluster.Order) (any, error)) (b *bridge, o *cluster.Orders, stop func()) {
	t.Helper()
	b = join(t, urls)
	o = cluster.NewOrders(b.Connection, b.Presence, carryOut)
	return b, o, runs(t, o.Run)
}

// give has all others carry something out within a time.
func give(t *testing.T, o *cluster.Orders, within time.Duration, what string) (answers []cluster.Answer, silent []cluster.Silent) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	answers, silent, err := o.Give(ctx, what, map[string]string{"user": "bob"})
	if err != nil {
		t.Fatal(err)
	}
	return answers, silent
}

// TestOrders reach all other bridges, and whoever has asked is told what has come of it at each, and who did not answer.
func TestOrders(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	here, ordersOfA, _ := obeying(t, servers.URLs(), func(context.Context, cluster.Order) (any, error) { t.Error("it obeys itself"); return nil, nil })
	b, _, _ := obeying(t, servers.URLs(), func(_ context.Context, o cluster.Order) (any, error) {
		if o.Bridge != here.Identity().ID || o.What != "sing" || string(o.Args) != `{"user":"bob"}` {
			t.Errorf("it is asked %+v", o)
		}
		return 7, nil
	})
	c, _, stop := obeying(t, servers.URLs(), func(context.Context, cluster.Order) (any, error) { return nil, errors.New("it cannot sing") })
	slow, _, _ := obeying(t, servers.URLs(), func(ctx context.Context, _ cluster.Order) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
	here.awaits(t, here, b, c, slow)
	answers, silent := give(t, ordersOfA, 500*time.Millisecond, "sing")
	if len(answers) != 2 || len(silent) != 1 || silent[0].Bridge != slow.Identity().ID || !silent[0].Begun {
		t.Fatalf("%+v, silent are %+v", answers, silent)
	}
	for _, a := range answers {
		switch {
		case a.Bridge == b.Identity().ID && string(a.Outcome) == "7" && a.Refused == "":
		case a.Bridge == c.Identity().ID && a.Refused == "it cannot sing":
		default:
			t.Errorf("answers %+v", a)
		}
	}
	stop()
	begun := time.Now()
	if _, silent = give(t, ordersOfA, cluster.Deadline+500*time.Millisecond, "sing"); len(silent) != 2 {
		t.Errorf("silent are %+v", silent)
	}
	if took := time.Since(begun); took > 2*cluster.Deadline {
		t.Errorf("it took %v", took)
	}
	servers.Kill(0)
	awaitUp(t, here.Connection, false)
	if answers, silent = give(t, ordersOfA, 10*time.Second, "sing"); len(answers) != 0 || len(silent) != 3 {
		t.Errorf("without NATS: %+v, silent are %+v", answers, silent)
	}
}

// TestHostileOrders are refused, and do not keep a bridge from others.
func TestHostileOrders(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	_, o, _ := obeying(t, servers.URLs(), func(context.Context, cluster.Order) (any, error) { t.Error("it obeys anybody"); return nil, nil })
	stranger := open(t, servers.URLs())
	awaitUp(t, stranger, true)
	for _, text := range []string{"", "no JSON", "{}", `{"bridge": "x", "what": "sing"}`, `{"bridge": "` + strings.Repeat("ab", 16) + `"}`, `{"bridge": "` + strings.Repeat("ab", 16) + `", "what": "sing", "more": 1}`,
		`{"bridge": "` + strings.Repeat("ab", 16) + `", "what": "sing"} {}`, strings.Repeat("x", 100_000)} {
		before := o.Refused()
		wait.For(t, "it to be refused", func() bool {
			if err := stranger.NATS().Publish("zwb.test.orders", []byte(text)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond)
			return o.Refused() > before
		})
	}
}
