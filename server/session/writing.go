package session

import (
	"bytes"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Writer is a Conn that can be written to without a copy, and without waiting.
type Writer interface {
	// TryWrite sends one message, which is made of pieces, as far as that takes no waiting, and tells whether it is all sent.
	// If it is, nobody refers to the pieces any more. If it is not, Finish sends the rest.
	TryWrite(pieces [][]byte) (sent bool, err error)

	// Finish waits until the rest is sent, at most this long.
	Finish(within time.Duration) error
}

// writing is the way of a line's frames to its WebSocket. Whoever has something for the client writes it himself, under the
// session's lock, as far as the network takes it at once. For what it does not take there is a goroutine, which waits for the
// network until nothing is left to be sent. While it is there nobody else writes. Who has something for many clients writes it to
// all of them in a round.
//
// The session's lock guards all of this.
type writing struct {
	direct Writer        // nil: the goroutine does it all
	pieces [][]byte      // memory for those of the next message
	due    time.Duration // when the alarm goes off
	failed error         // of the round that is to write pieces
	sent   bool          // likewise
	busy   bool          // the goroutine is there, or a round is to write
	alarm  *time.Timer
}

// never is a time that does not come.
const never = time.Duration(1<<63 - 1)

// open makes the line ready to be written to. The lock is held.
func (w *writing) open(l *line) {
	w.direct, _ = l.conn.(Writer)
	w.due = never
	w.alarm = time.AfterFunc(never, l.ring)
}

// ring does what the engine or the outbox have to do now that it is time.
func (l *line) ring() {
	s := l.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != l || l.cause != nil {
		return
	}
	l.out.due = never
	if err := s.engine.Tick(s.registry.now()); err != nil {
		l.endLocked(asClose(err))
		return
	}
	s.wakeWriter()
	s.schedule()
}

// schedule has the alarm go off when there is something to do. The lock is held.
func (s *session) schedule() {
	l := s.line
	if l == nil || l.cause != nil {
		return
	}
	if due := s.nextDue(); due < l.out.due {
		l.out.due = due
		l.out.alarm.Reset(max(0, due-s.registry.now()))
	}
}

// nextDue is when the outbox or the engine has something to do. The lock is held.
func (s *session) nextDue() time.Duration {
	due := s.engine.Next()
	if at, ok := s.outbox.Due(); ok {
		due = min(due, at)
	}
	return due
}

// wakeWriter has what there is to write written, by the goroutine. The lock is held, and perhaps others.
func (s *session) wakeWriter() {
	if l := s.line; l != nil && !l.out.busy && l.cause == nil {
		l.out.busy = true
		go l.write(false)
	}
}

// writeNow writes what there is to write, here and now, as far as the network takes it. The lock is held, and no other.
func (s *session) writeNow() {
	l := s.line
	if l == nil || l.out.busy || l.cause != nil {
		s.settle()
		return
	}
	if l.out.direct == nil {
		s.wakeWriter()
		return
	}
	for {
		pieces := s.nextMessage(l.out.pieces[:0])
		if len(pieces) == 0 {
			break
		}
		sent, err := l.out.direct.TryWrite(pieces)
		if err != nil {
			l.endLocked(asClose(err))
			return
		}
		if !sent {
			l.out.busy, l.out.pieces = true, nil
			l.cost.Writes(sizeOf(pieces), s.keepsWritten())
			go l.write(true)
			return
		}
		l.wrote(pieces)
		if !s.outbox.Ready() && !s.engine.Ready() {
			break
		}
	}
	s.afterWriting()
}

// afterWriting sees to it that what can go on does, now that nothing is left to be written. The lock is held.
func (s *session) afterWriting() {
	if s.held.Ready() {
		s.wakeWriter() // which may call them
	}
	s.schedule()
}

// wrote is told that all of a message was sent, which is all that was taken. The memory for its pieces is kept, if it is little. The
// lock is held.
func (l *line) wrote(pieces [][]byte) {
	l.session.engine.Written()
	clear(pieces)
	if l.out.pieces = pieces; cap(pieces) > fewPieces {
		l.out.pieces = nil
	}
}

// fewPieces is how many places for pieces a line keeps.
const fewPieces = 16

// nextMessage takes what has queued up since the last write. Of a session that was packed for another bridge that is what it was packed with: what
// waits behind it goes along, and would get numbers here that the other bridge knows nothing of. The lock is held.
func (s *session) nextMessage(dst [][]byte) [][]byte {
	quiet := s.outbox.Quiet()
	if quiet && !s.engine.Ready() {
		s.settle()
		return dst
	}
	now := s.registry.now()
	if !quiet {
		if s.over == nil {
			s.outbox.Fill(now, s.engine)
		}
		s.registry.counters.Add(s.outbox.TakeCounts())
	}
	dst = s.engine.TakeSpans(dst, now)
	s.settle()
	return dst
}

// write is the goroutine. It ends when there is nothing more to send, or with the line, to which it puts an end.
func (l *line) write(unfinished bool) {
	s := l.session
	var pieces [][]byte
	for {
		if err := l.send(pieces, unfinished); err != nil {
			l.lost(err)
		}
		s.resumeHeld()
		s.mu.Lock()
		if l.cause != nil {
			s.mu.Unlock()
			l.finish()
			return
		}
		s.engine.Written() // for whatever could not be sent would have ended the line
		clear(pieces)
		pieces = s.nextMessage(pieces[:0])
		l.cost.Writes(sizeOf(pieces), l.out.direct != nil && s.keepsWritten())
		if len(pieces) == 0 {
			l.out.busy = false
			s.schedule()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		unfinished = false
	}
}

// keepsWritten tells whether the session has on its account what is being written: until the client has acknowledged it. The lock
// is held.
func (s *session) keepsWritten() bool { return s.over == nil && s.engine.Resumable() }

func sizeOf(pieces [][]byte) (size int) {
	for _, piece := range pieces {
		size += len(piece)
	}
	return size
}

// send waits until a message is sent, which was begun already if it is unfinished.
func (l *line) send(pieces [][]byte, unfinished bool) error {
	within := l.registry.cfg.WriteTimeout
	switch direct := l.out.direct; {
	case unfinished:
		return direct.Finish(within)
	case len(pieces) == 0:
		return nil
	case direct == nil:
		return l.sendWhole(bytes.Join(pieces, nil))
	default:
		sent, err := direct.TryWrite(pieces)
		if err != nil || sent {
			return err
		}
		return direct.Finish(within)
	}
}

// sendWhole sends a message over a connection that takes it in one piece.
func (l *line) sendWhole(batch []byte) error {
	ctx, cancel := l.ctx.Within(l.registry.cfg.WriteTimeout)
	defer cancel()
	err := l.conn.Write(ctx, batch)
	if err != nil && ctx.Err() != nil && l.ctx.Err() == nil {
		return core.NewCloseError(core.CloseOverloaded, "the client does not read")
	}
	return err
}
