package cluster_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// counting is a bridge with users.
type counting struct {
	*cluster.Users
	conn  *cluster.Connection
	leave func()

	mu  sync.Mutex
	own map[string]int
}

func countingBridge(t *testing.T, urls string) *counting {
	t.Helper()
	c := &counting{conn: open(t, urls), own: map[string]int{}}
	c.Users = cluster.NewUsers(c.conn, func(user string) int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.own[user]
	})
	c.leave = runs(t, c.Users.Run)
	return c
}

func (c *counting) has(user string, connections int) {
	c.mu.Lock()
	c.own[user] = connections
	c.mu.Unlock()
	c.Changed(user)
}

func (c *counting) awaits(t *testing.T, user string, elsewhere int) {
	t.Helper()
	wait.For(t, fmt.Sprintf("%s to have %d connections elsewhere", user, elsewhere), func() bool { return c.Elsewhere(user) == elsewhere })
}

// TestUsersAreCounted over all bridges, also by those that come later; who goes is not counted any more, whether he says so or not.
func TestUsersAreCounted(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, b := countingBridge(t, servers.URLs()), countingBridge(t, servers.URLs())
	begun := time.Now()
	a.has("ann", 3)
	b.awaits(t, "ann", 3)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	b.has("ann", 2)
	a.awaits(t, "ann", 2)
	for i := range 5000 { // several messages
		a.has(strconv.Itoa(i), 1)
	}
	b.awaits(t, "4999", 1)
	c := countingBridge(t, servers.URLs())
	c.awaits(t, "ann", 5)
	c.awaits(t, "4999", 1)
	a.has("ann", 0)
	c.awaits(t, "ann", 2)
	b.leave()
	c.awaits(t, "ann", 0)
	a.conn.NATS().Close() // nobody hears of it any more
	c.awaits(t, "4999", 0)
	if entries, bridges, unfit := c.Known(); entries != 0 || bridges != 1 && bridges != 0 || unfit != 0 {
		t.Errorf("it knows %d of %d bridges, and %d did not fit", entries, bridges, unfit)
	}
}

// TestUsersWithoutNATS: a bridge goes by what it has itself, and knows all when NATS is there again.
func TestUsersWithoutNATS(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, b := countingBridge(t, servers.URLs()), countingBridge(t, servers.URLs())
	a.has("ann", 3)
	b.awaits(t, "ann", 3)
	servers.Kill(0)
	b.awaits(t, "ann", 0)
	a.has("ann", 4)
	a.has("bob", 1)
	servers.Restart(0)
	b.awaits(t, "ann", 4)
	b.awaits(t, "bob", 1)
}

// TestHostileCounts: bridges that are not there are forgotten again, and what is no count says nothing.
func TestHostileCounts(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 1)
	a, b := countingBridge(t, servers.URLs()), countingBridge(t, servers.URLs())
	a.has("ann", 3)
	b.awaits(t, "ann", 3)
	stranger := open(t, servers.URLs())
	awaitUp(t, stranger, true)
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	for i := range 2000 {
		text := append([]byte{byte(i % 5)}, fmt.Sprintf("%016d", i)...)
		text = append(text, make([]byte, i%40)...)
		if err := stranger.NATS().Publish("zwb.test.users", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := stranger.NATS().FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	a.has("ann", 5)
	b.awaits(t, "ann", 5)
	wait.For(t, "those that are not there to be forgotten", func() bool { _, bridges, _ := b.Known(); return bridges == 1 })
}
