package client_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// keeper is a world whose bridge keeps a session when the WebSocket is cut.
type keeper struct {
	*world
	cfg     core.SessionConfig
	retain  time.Duration
	session *core.Session // the session that the bridge keeps, with or without a WebSocket
	tokens  []string      // the tokens that can be used at present
	issued  int
	refuse  core.Code // why the bridge accepts no token; OK: it accepts tokens
}

// lasting makes a keeper whose session is open, and that has written nothing down yet.
func lasting(t testing.TB, cfg client.Config) *keeper {
	t.Helper()
	return lastingFor(t, cfg, time.Minute)
}

func lastingFor(t testing.TB, cfg client.Config, retain time.Duration) *keeper {
	t.Helper()
	k := &keeper{world: newWorld(t, cfg), retain: retain}
	k.onHello = k.hello
	k.reconnect()
	k.quiet()
	return k
}

// reconnect opens a WebSocket and delivers until both ends have nothing more to send.
func (k *keeper) reconnect() {
	k.t.Helper()
	k.dial(k.cfg)
	k.pump()
}

func (k *keeper) hello(f *core.Frame) {
	if k.session == nil || k.refuse != core.OK || !slices.Contains(k.tokens, string(f.Name)) {
		refused := k.refuse
		if refused == core.OK && len(f.Name) > 0 {
			refused = core.Lost
		}
		k.session, k.tokens = k.bridge, nil
		k.session.Keep(k.token(), k.retain, refused)
		k.session.Welcome()
		return
	}
	if complete, err := k.session.CanResume(f.Seq); !complete || err != nil {
		k.t.Fatalf("CanResume(%d) is %v, %v", f.Seq, complete, err)
	}
	k.bridge = k.session
	k.ok(k.session.Resume(f, k.token(), k.now))
}

func (k *keeper) token() []byte {
	k.issued++
	token := "token " + strconv.Itoa(k.issued)
	k.tokens = append(k.tokens, token)
	return []byte(token)
}

// lose cuts the WebSocket at both ends, with everything on it.
func (k *keeper) lose() {
	k.session.Cut()
	k.cut()
}

// wantSettled fails unless a session is open and both ends have received everything that was sent.
func (k *keeper) wantSettled() {
	k.t.Helper()
	k.sleep(2 * time.Second)
	if !k.client.Ready() || k.client.Queued() != 0 || k.session.Queued() != 0 || k.session.Unacknowledged() != 0 {
		k.t.Errorf("client ready %v, queues %d; bridge queues %d, keeps %d", k.client.Ready(), k.client.Queued(),
			k.session.Queued(), k.session.Unacknowledged())
	}
}
