package pubsub

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// fill is one question for what is missing, and what comes of it. Its fields are guarded by the feed's turns.
type fill struct {
	feed        *Feed
	next, until uint64       // is missing: from next to before until
	newer       core.Message // the parts of the message behind it that come before the number
	width       int          // how many parts that has
	request     core.Message
	begun       time.Time
	end         context.CancelFunc
}

func newFill(f *Feed, m core.Message, v sequence.Verdict, end context.CancelFunc) *fill {
	r := &fill{feed: f, next: v.Number - v.Missing, until: v.Number, width: len(m), begun: time.Now(), end: end}
	for _, part := range m[:f.counting.rule.Part] {
		r.newer = append(r.newer, append([]byte(nil), part...))
	}
	r.request = core.Message{nil, sequence.Append(nil, f.counting.rule.Replay.Request, r.next)}
	return r
}

// Write implements zmtp.Outgoing. The question has the empty part in front that a REQ sends, as does the answer.
func (r *fill) Write(conn *zmtp.Conn) error { return conn.Send(nil, r.request) }

// run asks, and tells whether all was said that there is to say. What comes is handed out as it comes.
func (r *fill) run(ctx context.Context, source Source) (complete bool) {
	conn, err := source.DialBeside(ctx, core.DEALER)
	if err != nil {
		return false
	}
	t := turn{feed: r.feed, shared: true}
	conn.Out = zmtp.NewQueue(r.feed.connections)
	conn.OnMessage = func(m core.Message) error {
		t.take()
		return r.take(m)
	}
	conn.OnPause = func() (more bool, err error) { return false, t.end() }
	if err := conn.Out.Push(r, int64(r.request.Size())); err != nil {
		conn.Close()
		return false
	}
	err = source.RunBeside(ctx, conn)
	t.end()
	return err == errAnswered
}

// errAnswered ends the connection: there is nothing more to come.
var errAnswered = core.NewError(core.OK, "all is answered")

// take hands out a message that was missing. One that has no number, or that of a message that is there, is the end.
func (r *fill) take(m core.Message) error {
	f := r.feed
	if f.filling.fill != r {
		return errAnswered // it took too long
	}
	m, n, ok := r.restore(m)
	switch {
	case !ok || n >= r.until:
		return errAnswered
	case n < r.next:
		return nil
	}
	if err := r.missing(n); err != nil {
		return err
	}
	r.next = n + 1
	f.counting.counters.Filled.Add(1)
	if err := f.gather(m, 0); err != nil {
		return err
	}
	if r.next == r.until {
		return errAnswered
	}
	return nil
}

// restore makes the message of an answer that it was: an answer may lack what comes before the number.
func (r *fill) restore(m core.Message) (_ core.Message, n uint64, ok bool) {
	if len(m) > 1 && len(m[0]) == 0 {
		m = m[1:]
	}
	if len(m) < r.width {
		m = append(append(core.Message(nil), r.newer...), m...)
	}
	rule := &r.feed.counting.rule
	if rule.Part >= len(m) {
		return nil, 0, false
	}
	n, ok = sequence.Read(rule.Format, m[rule.Part])
	return m, n, ok
}

// missing tells what is missing up to before a number.
func (r *fill) missing(n uint64) error {
	if n == r.next {
		return nil
	}
	return r.feed.tellAbsence(Absence{Messages: n - r.next})
}

// giveUp tells what did not come.
func (r *fill) giveUp() error { return r.missing(r.until) }
