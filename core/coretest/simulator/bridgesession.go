package simulator

import (
	"fmt"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// bridgeSession is what the bridge knows of a page, with or without a WebSocket.
type bridgeSession struct {
	bridge      *bridge
	number      uint64
	page        *page // nil: it is a stranger's
	user        string
	login       int // the number of the credentials that it was told last
	engine      *core.Session
	line        *line // nil: the session is cut
	resumptions int
	cuts        int
	dropped     bool

	issued []string // all tokens of the session, in order
	proven int      // index of the last of them that the page is known to have

	sockets []*bridgeSocket // those that are open
	byID    map[uint32]*bridgeSocket
	highest uint32
	turn    int
}

// socket returns a socket that is open, or was; nil if there is none with this number.
func (s *bridgeSession) socket(id uint32) *bridgeSocket { return s.byID[id] }

// cut keeps the session for as long as the page was promised, and then drops it if the page has not come back.
func (s *bridgeSession) cut() {
	s.line = nil
	if !s.engine.Resumable() {
		s.drop("it is not kept")
		return
	}
	s.engine.Cut()
	s.cuts++
	cuts := s.cuts
	s.bridge.sim.After(s.engine.Retain(), func() {
		if s.line == nil && s.cuts == cuts {
			s.drop("nobody came back")
		}
	})
}

// drop forgets a session.
func (s *bridgeSession) drop(why string) {
	if s.dropped {
		return
	}
	b := s.bridge
	b.sim.note("session %d is dropped: %s", s.number, why)
	s.dropped = true
	for _, token := range s.issued {
		delete(b.tokens, token)
	}
	if i := slices.Index(b.sessions, s); i >= 0 {
		b.sessions = slices.Delete(b.sessions, i, i+1)
	}
	if s.line != nil {
		s.line.close(core.NewCloseError(core.CloseOverloaded, why))
	}
	s.line = nil
	s.sockets = nil
}

// say queues a frame for the page.
func (s *bridgeSession) say(f core.Frame) {
	if s.dropped {
		return
	}
	if err := s.engine.Append(&f); err != nil {
		s.bridge.sim.fail("the bridge cannot say %v: %v", f.Kind, err)
	}
	if s.engine.Queued() > maxQueued {
		s.drop("too much is queued for it")
	}
}

// sayNow queues a frame for the page and writes it at once.
func (s *bridgeSession) sayNow(f core.Frame) {
	s.say(f)
	s.write()
}

func (s *bridgeSession) write() {
	s.flush()
	if s.line != nil {
		s.line.pump()
		if s.line != nil {
			s.line.arm()
		}
	}
}

// flush moves messages from the queues of the sockets to the engine while it has room. It takes one message from each
// socket in turn.
func (s *bridgeSession) flush() {
	if s.dropped || s.line == nil && s.bridge.sim.climate.held {
		return
	}
	for idle := 0; idle < len(s.sockets) && s.engine.Queued() < room; {
		s.turn++
		if s.sockets[s.turn%len(s.sockets)].emit() {
			idle = 0
		} else {
			idle++
		}
	}
}

func broken(why string, args ...any) error {
	return core.NewCloseError(core.CloseState, fmt.Sprintf(why, args...))
}

// handle takes a frame of a socket, and refuses whatever PROTOCOL.md does not allow.
func (s *bridgeSession) handle(f *core.Frame) error {
	if s.dropped {
		return nil
	}
	if f.Kind == core.KindOpen {
		return s.open(f)
	}
	k := s.byID[f.Socket]
	switch {
	case k == nil:
		return broken("%v of socket %d, which was never opened", f.Kind, f.Socket)
	case !k.takes(f.Kind):
		return broken("%v is not for a %v", f.Kind, k.typ)
	case k.gone:
		return nil
	}
	switch f.Kind {
	case core.KindClose:
		return k.closed(f)
	case core.KindDisconnect:
		return k.disconnect(f)
	case core.KindSubscribe:
		return k.subscribe(f)
	case core.KindUnsubscribe:
		k.subscriptions = slices.DeleteFunc(k.subscriptions, func(sub subscription) bool { return sub.id == f.ID })
	case core.KindRecover:
		return k.recover(f)
	case core.KindRequest:
		return k.asked(f)
	case core.KindCancel:
		delete(k.pending, f.ID)
	case core.KindReply, core.KindFailed:
		return k.answered(f)
	case core.KindMessage:
		return k.take(f)
	case core.KindCredit:
		return k.credited(f)
	}
	return nil
}

func (s *bridgeSession) String() string {
	conn := "cut"
	if s.line != nil {
		conn = fmt.Sprint("on conn ", s.line.conn.number)
	}
	return fmt.Sprintf("session %d of %s %s, %d bytes queued, %d unacknowledged, %d sockets", s.number, s.user, conn,
		s.engine.Queued(), s.engine.Unacknowledged(), len(s.sockets))
}
