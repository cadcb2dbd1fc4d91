package session_test

import (
	"context"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// leaver is a client whose WebSocket is gone before the bridge has written anything, and of which the bridge reads the end
// only after that: as when a client closes it while there is something to write.
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

func (c *leaver) Write(context.Context, []byte) error {
	return core.NewError(core.Lost, "use of closed network connection")
}

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
		{"the bridge's code comes back", core.NewCloseError(core.CloseTimeout, ""), 1},
		{"no last word", core.NewError(core.Lost, "connection reset"), 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			bridge := sessiontest.NewBridge(t, newSockets().make)
			bridge.Serve(&leaver{sessiontest.New(t), c.end}, sessiontest.Handshake(), true)
			if got := bridge.Waiting(); got != c.kept {
				t.Errorf("%d sessions are kept, want %d", got, c.kept)
			}
		})
	}
}
