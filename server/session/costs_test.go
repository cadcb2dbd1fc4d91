package session

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
)

// idle is a WebSocket at which nothing happens.
type idle struct{}

func (idle) Read(ctx context.Context) ([]byte, error)        { <-ctx.Done(); return nil, ctx.Err() }
func (idle) Write(context.Context, []byte) error             { return nil }
func (idle) Close(core.CloseCode, string) error              { return nil }
func (idle) Drop() error                                     { return nil }
func (idle) Bound(int, time.Duration, func(bytes int) error) {}

// TestReadingWhileMemoryIsShort: a WebSocket that has to go reads no more, and no other one begins to hold much until it has
// given back what it holds.
func TestReadingWhileMemoryIsShort(t *testing.T) {
	const MiB = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(Config{Limits: Limits{Memory: 16 * MiB}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, nil)
		defer r.Close()
		large, small := newLine(r, idle{}, httptest.NewRequest("GET", "/", nil), access.ByClient, true), newLine(r, idle{}, httptest.NewRequest("GET", "/", nil), access.ByClient, true)
		large.hold(18 * MiB)
		synctest.Wait() // it is ended in the background
		if large.hold(19*MiB) != errShort || small.hold(MiB) != errShort {
			t.Error("more is read")
		}
		if err := small.hold(0); err != nil {
			t.Error("less is not held:", err)
		}
		time.Sleep(2 * shedPatience)
		if large.ctx.Err() == nil {
			t.Error("it has not gone, though nobody reads why")
		}
		large.cost.Close()
		if err := small.hold(MiB); err != nil {
			t.Error("there is room again:", err)
		}
	})
}

// TestWritingIsOnTheAccount, for as long as the network has not taken it.
func TestWritingIsOnTheAccount(t *testing.T) {
	r := NewRegistry(Config{Limits: Limits{Memory: 1 << 30}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, nil)
	defer r.Close()
	l := newLine(r, idle{}, httptest.NewRequest("GET", "/", nil), access.ByClient, true)
	for _, size := range []int{1 << 20, 100, 0} {
		l.cost.Writes(size, false)
		if held := r.memory.ByKind()[account.Queue]; held != size {
			t.Errorf("%d bytes are held, the message takes %d", held, size)
		}
	}
}
