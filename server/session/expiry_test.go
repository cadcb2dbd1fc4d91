package session_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// guest is a user whose credentials last for some seconds.
type guest struct {
	Name    string
	Seconds int
	until   time.Time
}

func (g guest) ExpiresAt() time.Time { return g.until }

// guests believes what the credentials say.
type guests struct{}

func (guests) Authenticate(_ context.Context, _ *http.Request, credentials []byte) (any, *core.CloseError) {
	var g guest
	switch {
	case json.Unmarshal(credentials, &g) != nil || g.Name == "":
		return nil, core.NewCloseError(core.CloseUnauthorized, "who are you?")
	case g.Name == "mallory":
		return nil, core.NewCloseError(core.CloseDenied, "not you")
	case g.Seconds < 0:
		return nil, core.NewCloseError(core.CloseExpired, "too old")
	case g.Seconds > 0:
		g.until = time.Now().Add(time.Duration(g.Seconds) * time.Second)
	}
	return g, nil
}

func (guests) Recheck(_ context.Context, _ *http.Request, user any) (any, *core.CloseError) {
	return user, nil
}

func (guests) SameUser(owner, user any) bool { return owner.(guest).Name == user.(guest).Name }

const renews = uint64(core.CanRenew)

// visit is a client that was welcomed, and serves until the test ends.
func visit(t *testing.T, credentials string, flags uint64) *sessiontest.Client {
	t.Helper()
	b := sessiontest.NewBridgeFor(t, guests{}, func(*session.Handle, *core.Frame) session.Socket { return nil })
	return enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(credentials), Flags: flags}))
}

func enter(b *sessiontest.Bridge, c *sessiontest.Client) *sessiontest.Client {
	go b.Serve(c, sessiontest.Handshake(), access.ByClient, true) // Close waits for it
	return c
}

func handsOver(credentials string) core.Frame {
	return core.Frame{Kind: core.KindCredentials, Params: []byte(credentials)}
}

// The client is told in time, and what it hands over counts from then on.
func TestRenewal(t *testing.T) {
	for _, tt := range []struct{ life, notice time.Duration }{
		{time.Second, time.Second / 2}, {15 * time.Second, 7500 * time.Millisecond}, {time.Minute, 10 * time.Second},
		{10 * time.Minute, time.Minute}, {24 * time.Hour, 5 * time.Minute},
	} {
		t.Run(tt.life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				credentials := `{"Name":"ann","Seconds":` + strconv.Itoa(int(tt.life/time.Second)) + `}`
				c := visit(t, credentials, renews)
				c.Await(core.KindWelcome)
				begin := time.Now()
				for range 3 {
					f := awaitLong(c, core.KindExpiring)
					if got := time.Since(begin); got != tt.life-tt.notice {
						t.Errorf("told after %v of %v", got, tt.life)
					}
					if got := time.Duration(f.Millis) * time.Millisecond; got != tt.notice || f.Code != core.OK {
						t.Errorf("told that %v is left, with %v", got, f.Code)
					}
					c.Send(handsOver(credentials))
					synctest.Wait()
					begin = time.Now()
				}
				awaitLong(c, core.KindExpiring)
				time.Sleep(tt.notice)
				if code := c.AwaitClose(); code != core.CloseExpired {
					t.Errorf("closed with %v", code)
				}
				if got := time.Since(begin); got != tt.life {
					t.Errorf("closed after %v of %v", got, tt.life)
				}
			})
		})
	}
}

// awaitLong waits for a frame for longer than tests usually do: in a bubble that costs nothing.
func awaitLong(c *sessiontest.Client, kind core.Kind) core.Frame {
	return c.AwaitWithin(kind, 48*time.Hour)
}

func TestHandedOver(t *testing.T) {
	for _, tt := range []struct {
		name, credentials string
		refused           core.Code
		closed            core.CloseCode
	}{
		{"the same user for longer", `{"Name":"ann","Seconds":1000}`, 0, 0},
		{"the same user for ever", `{"Name":"ann"}`, 0, 0},
		{"nothing", ``, core.Unauthenticated, 0},
		{"what has expired already", `{"Name":"ann","Seconds":-1}`, core.Unauthenticated, 0},
		{"another user", `{"Name":"bob","Seconds":1000}`, 0, core.CloseExpired},
		{"somebody who may not come in", `{"Name":"mallory"}`, 0, core.CloseDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := visit(t, `{"Name":"ann","Seconds":60}`, renews)
				c.Await(core.KindWelcome)
				c.Send(handsOver(tt.credentials))
				if tt.closed != 0 {
					if code := c.AwaitClose(); code != tt.closed {
						t.Errorf("closed with %v, want %v", code, tt.closed)
					}
					return
				}
				if tt.refused != 0 {
					if f := c.Await(core.KindExpiring); f.Code != tt.refused || f.Millis != 60_000 || len(f.Text) == 0 {
						t.Errorf("told %v, %d ms, %q", f.Code, f.Millis, f.Text)
					}
				}
				time.Sleep(70 * time.Second)
				synctest.Wait()
				if closed := c.Closed(); closed != (tt.refused != 0) {
					t.Errorf("closed after what it had has expired: %v", closed)
				}
			})
		})
	}
}

// What is handed over without end would cost more than it should.
func TestHandedOverTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := visit(t, `{"Name":"ann"}`, renews)
		c.Await(core.KindWelcome)
		for range 11 {
			c.Send(handsOver(`{"Name":"ann"}`))
		}
		if code := c.AwaitClose(); code != core.CloseOverloaded {
			t.Errorf("closed with %v", code)
		}
	})
}

// A client that is older than renewals is told nothing. It comes back, with other credentials, to the same session.
func TestExpiryOfAnOldClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sessiontest.NewBridgeFor(t, guests{}, func(*session.Handle, *core.Frame) session.Socket { return nil })
		c := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"ann","Seconds":60}`)}))
		token := c.Await(core.KindWelcome).Name
		time.Sleep(time.Minute)
		synctest.Wait()
		if code := c.AwaitClose(); code != core.CloseExpired {
			t.Fatalf("closed with %v", code)
		}
		if c.Has(core.KindExpiring) {
			t.Error("an old client was told")
		}
		stale := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"ann","Seconds":-1}`), Name: token}))
		if code := stale.AwaitClose(); code != core.CloseUnauthorized {
			t.Errorf("closed with %v, which an old client takes for a reason to come back with the same", code)
		}
		again := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"ann","Seconds":61}`), Name: token}))
		if f := again.Await(core.KindWelcome); f.Flags&core.FlagResumed == 0 {
			t.Error("it does not go on with its session")
		}
		if b.Counters().Expired.Load() != 1 {
			t.Error("it is not counted")
		}
	})
}

// Only who can fetch other credentials is told to.
func TestExpiredHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := visit(t, `{"Name":"ann","Seconds":-1}`, renews)
		if code := c.AwaitClose(); code != core.CloseExpired {
			t.Errorf("closed with %v", code)
		}
	})
}
