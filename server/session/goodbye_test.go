package session_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// leaver is a client whose WebSocket ends, as far as the bridge reads, in a certain way, and only after the bridge has ended
// the line.
type leaver struct {
	*sessiontest.Client
	end error
}

func (c *leaver) Read(ctx context.Context) ([]byte, error) {
	if batch, err := c.Client.Read(ctx); err == nil {
		return batch, nil
	}
	return nil, c.end
}

// mute is a leaver to which nothing can be written any more, as when it closes the WebSocket while there is something to write.
type mute struct{ leaver }

func (c *mute) Write(context.Context, []byte) error {
	return core.NewError(core.Lost, "use of closed network connection")
}

// muteAtOnce is a mute that is written to without waiting, as real WebSockets are.
type muteAtOnce struct{ leaver }

func (c *muteAtOnce) TryWrite([][]byte) (bool, error) { return false, errBrokenPipe }
func (c *muteAtOnce) Finish(time.Duration) error      { return errBrokenPipe }

var errBrokenPipe = core.NewError(core.Lost, syscall.EPIPE.Error())

// TestGoodbyeBehindAFailedWrite: what the client's last word is does not depend on whether the bridge has just tried to write.
func TestGoodbyeBehindAFailedWrite(t *testing.T) {
	for _, c := range []struct {
		what string
		end  error
		kept int
	}{
		{"the client is done", core.NewCloseError(core.CloseNormal, ""), 0},
		{"the client leaves a bridge that drains", core.NewCloseError(core.CloseGoingAway, ""), 0},
		{"the client could not read what came", core.NewCloseError(core.CloseMalformed, ""), 0},
		{"a browser leaves the page", core.NewCloseError(1001, ""), 1},
		{"a code after which one tries again", core.NewCloseError(core.CloseTimeout, ""), 1},
		{"no last word", core.NewError(core.Lost, "connection reset"), 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			left := leaver{sessiontest.New(t), c.end}
			again := leaver{sessiontest.New(t), c.end}
			for what, conn := range map[string]session.Conn{"a write that waits": &mute{left}, "one that does not": &muteAtOnce{again}} {
				bridge := sessiontest.NewBridge(t, newSockets().make)
				bridge.Serve(conn, sessiontest.Handshake(), access.ByClient, true)
				if got := bridge.Waiting(); got != c.kept {
					t.Errorf("%s: %d sessions are kept, want %d", what, got, c.kept)
				}
			}
		})
	}
}

// TestAnswerOfAClientThatHasMoved: the session goes on over another line, whatever the client says when the bridge closes the
// one that it has left.
func TestAnswerOfAClientThatHasMoved(t *testing.T) {
	for _, code := range []core.CloseCode{core.CloseGoingAway, core.CloseNormal} {
		t.Run(code.Code().String(), func(t *testing.T) {
			host := newSockets()
			bridge := sessiontest.NewBridge(t, host.make)
			old := sessiontest.New(t)
			left := make(chan struct{})
			go func() {
				defer close(left)
				bridge.Serve(&leaver{old, core.NewCloseError(code, "")}, sessiontest.Handshake(), access.ByClient, true)
			}()
			moved := sessiontest.Returning(t, old.Await(core.KindWelcome).Name)
			go bridge.Serve(moved, sessiontest.Handshake(), access.ByClient, true)
			if f := moved.Await(core.KindWelcome); f.Flags&core.FlagResumed == 0 {
				t.Errorf("Welcome %+v", f)
			}
			<-left
			moved.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB})
			(<-host.made).Send(core.Frame{Kind: core.KindOpened, ID: 1})
			moved.Await(core.KindOpened)
		})
	}
}
