package session_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// register lets guests in, and says of each what has become of him.
type register struct {
	guests
	mu      sync.Mutex
	gone    map[string]*core.CloseError
	until   map[string]time.Time
	letting func(name string) // is called when somebody was found to be let in
}

func (g *register) Authenticate(ctx context.Context, r *http.Request, credentials []byte) (any, *core.CloseError) {
	user, refusal := g.guests.Authenticate(ctx, r, credentials)
	if refusal != nil {
		return nil, refusal
	}
	if _, refusal = g.Recheck(ctx, r, user); refusal != nil {
		return nil, refusal
	}
	if g.letting != nil {
		g.letting(user.(guest).Name)
	}
	return user, nil
}

func (g *register) Recheck(_ context.Context, _ *http.Request, user any) (any, *core.CloseError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := user.(guest)
	if until, changed := g.until[now.Name]; changed {
		now.until = until
	}
	return now, g.gone[now.Name]
}

func (g *register) dismiss(name string, why *core.CloseError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone == nil {
		g.gone = map[string]*core.CloseError{}
	}
	g.gone[name] = why
}

func noSocket(*session.Handle, *core.Frame) session.Socket { return nil }

// TestWhoIsLetInNoMore goes, with the code and the reason; the others notice nothing.
func TestWhoIsLetInNoMore(t *testing.T) {
	for _, tt := range []struct {
		name  string
		judge func(*sessiontest.Bridge)
		flags uint64
		why   core.CloseCode
		want  core.CloseCode
	}{
		{"after a change of the rules", func(b *sessiontest.Bridge) { b.Judge(context.Background()) }, renews, core.CloseUnauthorized, core.CloseUnauthorized},
		{"after a revocation", func(b *sessiontest.Bridge) { b.JudgeUsers(context.Background()) }, renews, core.CloseExpired, core.CloseExpired},
		{"a client that cannot fetch other credentials", func(b *sessiontest.Bridge) { b.JudgeUsers(context.Background()) }, 0, core.CloseExpired, core.CloseUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := &register{}
				b := sessiontest.NewBridgeFor(t, users, noSocket)
				eve := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"eve"}`), Flags: tt.flags}))
				ann := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"ann"}`), Flags: tt.flags}))
				eve.Await(core.KindWelcome)
				ann.Await(core.KindWelcome)
				users.dismiss("eve", core.NewCloseError(tt.why, "eve has left"))
				tt.judge(b)
				if code := eve.AwaitClose(); code != tt.want {
					t.Errorf("closed with %d, want %d", code, tt.want)
				}
				synctest.Wait()
				if found, _ := b.Sessions(session.Selection{Most: 10}); len(found) != 1 || found[0].User.(guest).Name != "ann" {
					t.Errorf("%+v are left", found)
				}
				if got := b.Counters().Dismissed.Load(); got != 1 {
					t.Errorf("%d are counted", got)
				}
			})
		})
	}
}

// TestWhoIsLetInMeanwhile: somebody who is let in by the rules of before is not there yet when everybody is judged by new ones.
func TestWhoIsLetInMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let, judged := make(chan struct{}), make(chan struct{})
		users := &register{letting: func(string) { close(let); <-judged }}
		b := sessiontest.NewBridgeFor(t, users, noSocket)
		eve := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"eve"}`), Flags: renews}))
		<-let
		users.dismiss("eve", core.NewCloseError(core.CloseUnauthorized, "eve has left"))
		b.JudgeUsers(context.Background())
		close(judged)
		if code := eve.AwaitClose(); code != core.CloseUnauthorized {
			t.Errorf("closed with %d", code)
		}
	})
}

// TestOtherEndOfCredentials: it counts from then on, for whoever is there.
func TestOtherEndOfCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := &register{}
		b := sessiontest.NewBridgeFor(t, users, noSocket)
		ann := enter(b, sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"ann"}`), Flags: renews}))
		ann.Await(core.KindWelcome)
		users.mu.Lock()
		users.until = map[string]time.Time{"ann": time.Now().Add(time.Minute)}
		users.mu.Unlock()
		b.Judge(context.Background())
		begin := time.Now()
		awaitLong(ann, core.KindExpiring)
		time.Sleep(10 * time.Second)
		if code := ann.AwaitClose(); code != core.CloseExpired || time.Since(begin) != time.Minute {
			t.Errorf("closed with %d after %v", code, time.Since(begin))
		}
	})
}

// TestSessionThatWaitsEnds: a user who is let in no more does not find it when he comes back.
func TestSessionThatWaitsEnds(t *testing.T) {
	users := &register{}
	b := sessiontest.NewBridgeFor(t, users, noSocket)
	eve := &muteAtOnce{leaver{sessiontest.Saying(t, core.Frame{Params: []byte(`{"Name":"eve"}`), Flags: renews}), core.NewError(core.Lost, "connection reset")}}
	b.Serve(eve, sessiontest.Handshake(), access.ByClient, true)
	if b.Waiting() != 1 {
		t.Fatalf("%d sessions wait", b.Waiting())
	}
	users.dismiss("eve", core.NewCloseError(core.CloseUnauthorized, "eve has left"))
	b.Judge(t.Context())
	if b.Waiting() != 0 {
		t.Error("it waits on")
	}
}
