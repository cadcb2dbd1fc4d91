package pubsub

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// turn is a connection's time to route and deliver what came with one read: of several connections one after the other does, so
// that all messages have one order. Who is the only one has it for as long as the connection lives, and takes nothing per
// message or read; a publisher that is added meanwhile waits until that is made anew. Nobody waits for the network, or for a
// subscriber, while it is his turn.
//
// It is of the reader goroutine, and after that of who has joined it.
type turn struct {
	feed   *Feed
	shared bool // there are others
	mine   bool
}

func (t *turn) take() {
	if !t.mine {
		t.feed.turns.Lock()
		t.mine, t.feed.gathering.shared = true, t.shared
	}
}

// end delivers what was gathered, and gives the turn to another connection.
func (t *turn) end() error {
	if !t.mine {
		return nil
	}
	err := t.feed.flush()
	t.mine = false
	t.feed.turns.Unlock()
	return err
}

// receive has what comes over the only connection there is routed and delivered.
func (f *Feed) receive(publisher int, conn *zmtp.Conn, t *turn) {
	t.take()
	conn.OnMessage = func(m core.Message) error { return f.gather(m, conn.Unread()) }
	if f.counting.on() {
		conn.OnMessage = func(m core.Message) error { return f.hear(publisher, m, conn.Unread()) }
	}
	conn.OnPause = f.pause
	conn.OnExcess = func(head core.Message, _ *core.Error) error { return f.receiveExcess(publisher, head) }
}

// receiveInTurn has it routed and delivered while nothing of another connection is.
func (f *Feed) receiveInTurn(publisher int, conn *zmtp.Conn, t *turn) {
	conn.OnMessage = func(m core.Message) error {
		t.take()
		if f.counting.on() {
			return f.hear(publisher, m, conn.Unread())
		}
		return f.gather(m, conn.Unread())
	}
	conn.OnPause = func() (more bool, err error) { return false, t.end() }
	conn.OnExcess = func(head core.Message, _ *core.Error) error {
		t.take()
		return f.receiveExcess(publisher, head)
	}
}
