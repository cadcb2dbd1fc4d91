package zmq_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// purse hands out tokens t1, t2 and so on, and notes why it was asked.
type purse struct {
	mu     sync.Mutex
	asked  []zmq.Reason
	fails  int // how often from now on there is none
	always error
}

func (p *purse) token(_ context.Context, why zmq.Reason) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, why)
	if p.always != nil {
		return "", p.always
	}
	if p.fails > 0 {
		p.fails--
		return "", errors.New("the login is out of order")
	}
	return "t" + strconv.Itoa(len(p.asked)), nil
}

func (p *purse) wantAsked(t *testing.T, want ...zmq.Reason) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.asked, want) {
		t.Errorf("asked %v, want %v", p.asked, want)
	}
}

func token(n int) string { return `{"token":"t` + strconv.Itoa(n) + `"}` }

func (l *link) wantParams(kind core.Kind, want string) {
	l.t.Helper()
	if f := l.expect(kind); string(f.Params) != want {
		l.t.Errorf("%v carries %s, want %s", kind, f.Params, want)
	}
}

// bye closes the connection.
func (l *link) bye(code core.CloseCode) { l.conn.Close(code, "told so") }

func TestGetToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, p := newBridge(t), &purse{}
		c := b.context(zmq.Options{GetToken: p.token})
		l := <-b.links
		l.wantParams(core.KindHello, token(1))
		l.session.Welcome()
		l.session.Expiring(time.Minute, core.OK, "")
		l.flush()
		l.wantParams(core.KindCredentials, token(2))
		p.wantAsked(t, zmq.ReasonConnect, zmq.ReasonExpired)

		l.session.Expiring(time.Minute, core.Unauthenticated, "not this one")
		l.flush()
		l.wantParams(core.KindCredentials, token(3))
		p.mu.Lock()
		p.fails = 3 // asked again, with pauses
		p.mu.Unlock()
		l.session.Expiring(time.Minute, core.OK, "")
		l.flush()
		l.wantParams(core.KindCredentials, token(7))

		l.bye(core.CloseExpired)
		l = <-b.links
		l.wantParams(core.KindHello, token(8))
		l.session.Welcome()
		l.flush()
		l.bye(core.CloseGoingAway)
		l = <-b.links
		l.wantParams(core.KindHello, token(9))
		const connect, expired, refused = zmq.ReasonConnect, zmq.ReasonExpired, zmq.ReasonRefused
		p.wantAsked(t, connect, expired, refused, expired, expired, expired, expired, expired, connect)
		if got := c.Status().State; got == zmq.Ended {
			t.Error("the context has ended")
		}
	})
}

// A bridge that refuses one token after the other is not asked for ever.
func TestRefusedTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, p := newBridge(t), &purse{}
		c := b.context(zmq.Options{GetToken: p.token})
		for n := range 4 {
			l := <-b.links
			l.wantParams(core.KindHello, token(n+1))
			l.bye(core.CloseExpired)
		}
		synctest.Wait()
		p.wantAsked(t, zmq.ReasonConnect, zmq.ReasonRefused, zmq.ReasonRefused, zmq.ReasonRefused)
		wantCode(t, c.Status().Err, core.Unauthenticated)
		if got := c.Status().State; got != zmq.Ended {
			t.Errorf("the context is %v", got)
		}
	})
}

// Who has no other token ends with the one that he has.
func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{Token: "t1"})
		l := <-b.links
		l.wantParams(core.KindHello, token(1))
		l.session.Welcome()
		l.session.Expiring(time.Minute, core.OK, "")
		l.flush()
		l.bye(core.CloseExpired)
		synctest.Wait()
		wantCode(t, c.Status().Err, core.Unauthenticated)
		if got := c.Status().State; got != zmq.Ended {
			t.Errorf("the context is %v", got)
		}
	})
}

// SetCredentials is another way to renew them.
func TestSetCredentialsRenews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{Token: "t1"})
		l := b.welcome()
		synctest.Wait()
		must(t, c.SetCredentials(map[string]string{"token": "t2"}))
		l.wantParams(core.KindCredentials, token(2))
	})
}

// Without a token there is no connection; and the application can say that there will be none.
func TestNoToken(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		asked int
	}{
		"for now": {errors.New("the login is out of order"), 20},
		"at all":  {core.NewError(core.Denied, "logged out"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, p := newBridge(t), &purse{always: tt.err}
				c := b.context(zmq.Options{GetToken: p.token})
				time.Sleep(10 * time.Minute)
				p.mu.Lock()
				defer p.mu.Unlock()
				if len(p.asked) != tt.asked || c.Status().State != zmq.Ended {
					t.Errorf("asked %d times, and is %v", len(p.asked), c.Status())
				}
			})
		})
	}
}

// Close does not wait for somebody who is asked for a token.
func TestCloseWhileAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{GetToken: func(ctx context.Context, _ zmq.Reason) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}})
		synctest.Wait()
		began := time.Now()
		c.Close()
		if time.Since(began) > 2*time.Second {
			t.Error("Close has waited")
		}
	})
}

func TestCredentialsOfOneKind(t *testing.T) {
	c := zmq.NewContext("ws://127.0.0.1:1", zmq.Options{Token: "t", Credentials: "c"})
	defer c.Close()
	wantCode(t, c.Status().Err, core.Invalid)
}
