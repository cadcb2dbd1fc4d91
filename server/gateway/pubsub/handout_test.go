package pubsub

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// silent is a Source that never says anything.
type silent struct{}

func (silent) DialBeside(ctx context.Context, _ core.SocketType) (*zmtp.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silent) RunBeside(context.Context, *zmtp.Conn) error { return nil }

// clerk is a subscriber that writes down what comes, and how much at most comes in a tenth of a second.
type clerk struct {
	numbers []int
	missing uint64
	lately  []time.Time
	most    int
}

func (c *clerk) Deliver(p burst.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) {
		n, _ := strconv.Atoi(string(m[1]))
		c.numbers = append(c.numbers, n)
		now := time.Now()
		c.lately = append(c.lately, now)
		for now.Sub(c.lately[0]) >= time.Second/10 {
			c.lately = c.lately[1:]
		}
		c.most = max(c.most, len(c.lately))
	})
}

func (c *clerk) Lacks(a Absence) { c.missing += a.Messages }

// hears has a feed hear a message with a number.
func (f *Feed) hears(number int) {
	t := turn{feed: f, shared: true}
	t.take()
	f.hear(0, Text("a", strconv.Itoa(number)), 0)
	t.end()
}

func lossy(t *testing.T) (*Feed, *clerk) {
	t.Helper()
	f := newFeed(Options{Sequence: access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}}, Counters: new(sequence.Counters), Source: silent{}})
	c := new(clerk)
	if err := f.Attach(c).Subscribe(nil, nil); err != nil {
		t.Fatal(err)
	}
	return f, c
}

// TestHeldBackForNothing: what was held back for a replay that says nothing is handed out not much faster than it came, or one lost message would cost
// those many who have room for a thousand.
func TestHeldBackForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := lossy(t)
		defer f.Close()
		f.hears(0)
		const last = 4000 // 400 a second
		for n := 2; n <= last; n++ {
			f.hears(n)
			time.Sleep(time.Second / 400)
			synctest.Wait()
			if len(c.numbers) == 1 && n > int(fillTime/(time.Second/400))+10 {
				t.Fatal("nothing comes any more")
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(c.numbers) != last || c.missing != 1 {
			t.Fatalf("%d messages came, and %d are missing", len(c.numbers), c.missing)
		}
		for i, n := range c.numbers[1:] {
			if n != i+2 {
				t.Fatalf("number %d comes after %d", n, c.numbers[i])
			}
		}
		if c.most > 4*40 {
			t.Errorf("%d messages came within a tenth of a second", c.most)
		}
		if _, _, held := f.Kept(); held != 0 || f.filling.held != nil {
			t.Errorf("%d bytes are still held", held)
		}
	})
}

// TestHeldBackTooMuch: when there is no room for what comes, all of it is handed out at once, in order. So it is when the feed ends.
func TestHeldBackTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := lossy(t)
		f.hears(0)
		for n := 2; n < maxHeld+10; n++ {
			f.hears(n)
		}
		synctest.Wait()
		if len(c.numbers) != maxHeld+9 || c.missing != 1 {
			t.Errorf("%d messages came, and %d are missing", len(c.numbers), c.missing)
		}
		time.Sleep(restTime)
		for n := maxHeld + 20; n < maxHeld+120; n++ {
			f.hears(n)
		}
		f.Close()
		if len(c.numbers) != maxHeld+109 || c.missing != 11 {
			t.Errorf("at the end %d messages have come, and %d are missing", len(c.numbers), c.missing)
		}
	})
}

// TestLostWhileHandedOut: a gap among what is handed out is told where it is, and asked for when that may be.
func TestLostWhileHandedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := lossy(t)
		defer f.Close()
		f.hears(0)
		for n := 2; n < 1000; n++ {
			f.hears(n)
		}
		time.Sleep(fillTime + stepTime)
		f.hears(1001)
		time.Sleep(fillTime)
		synctest.Wait()
		if len(c.numbers) != 1000 || c.missing != 2 || c.numbers[999] != 1001 {
			t.Errorf("%d messages came, and %d are missing", len(c.numbers), c.missing)
		}
	})
}
