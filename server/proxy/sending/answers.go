package sending

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Answers are those of a REP socket that backends have not taken yet: held for the client until they have, also when the
// socket is closed meanwhile. The session's lock guards them.
type Answers struct {
	handle  *session.Handle
	held    *Held
	under   map[*gateway.Incoming]int // what each costs
	stopped bool
}

// NewAnswers is those of a new socket. held is charged for them.
func NewAnswers(h *session.Handle, held *Held) *Answers {
	return &Answers{handle: h, held: held, under: map[*gateway.Incoming]int{}}
}

var errBehind = core.NewError(core.Busy, "the backend has not taken earlier answers yet")

// Pass gives an answer to the backend that has asked. There is no credit for answers, so one that does not fit is dropped;
// and when much waits already, one for a backend that is behind.
func (a *Answers) Pass(in *gateway.Incoming, m core.Message) error {
	if err := a.take(in, m); err != nil {
		return err
	}
	err := in.ReplyTold(m, func() { a.let(in) })
	if err != nil {
		a.let(in)
	}
	return err
}

func (a *Answers) take(in *gateway.Incoming, m core.Message) error {
	a.handle.Lock()
	defer a.handle.Unlock()
	if !a.handle.Fits(sendCost(m)) || (a.handle.Crowded() || a.held.Load.Crowded()) && in.Behind() || !a.held.Take(sendCost(m)) {
		return errBehind
	}
	a.under[in] = sendCost(m)
	return nil
}

// let is told that an answer has gone.
func (a *Answers) let(in *gateway.Incoming) {
	a.handle.Lock()
	defer a.handle.Unlock()
	a.held.Add(-a.under[in])
	delete(a.under, in)
	if a.stopped && len(a.under) == 0 {
		a.handle.Lingered(a)
	}
}

// CountAtLocked is as for a Backlog.
func (a *Answers) CountAtLocked(m *meter.Meter, most int64) { a.held.Load.Set(m, most) }

// SettleLocked likewise.
func (a *Answers) SettleLocked() { a.held.Load.Settle() }

// Stop is told that the socket is closed. What is under way lingers.
func (a *Answers) Stop() {
	a.handle.Lock()
	a.stopped = true
	a.held.Become(account.Lingering)
	lingers := len(a.under) == 0 || a.handle.Linger(a)
	a.handle.Unlock()
	if !lingers {
		a.GiveUp()
	}
}

// GiveUp implements session.Lingerer.
func (a *Answers) GiveUp() {
	a.handle.Lock()
	all := make([]*gateway.Incoming, 0, len(a.under))
	for in := range a.under {
		all = append(all, in)
	}
	a.handle.Unlock()
	for _, in := range all {
		in.Withdraw()
	}
}
