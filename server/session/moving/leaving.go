package moving

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// How long things take when sessions go to other bridges.
const (
	restTime  = 5 * time.Second // a session has to come to rest, at most
	putTime   = 5 * time.Second // to leave a parcel
	yieldTime = time.Second     // for a session to come to rest whose client is at another bridge already
)

// Leave has a session go to another bridge because this one is about to end, in so much time. An error says that it goes on here.
func (d *Desk) Leave(ctx context.Context, s Session, within time.Duration) error {
	return d.moveOut(ctx, s, min(restTime, within/2))
}

// LeavingTime is how long Leave may take.
func LeavingTime(within time.Duration) time.Duration { return within + putTime }

// Yield has a session go to another bridge because its client is there. An error says that it goes on here.
func (d *Desk) Yield(ctx context.Context, s Session) error { return d.moveOut(ctx, s, yieldTime) }

// moveOut leaves the session for another bridge, and ends it here. An error says that it goes on here. For as long as it takes nobody puts the session on
// another line.
func (d *Desk) moveOut(ctx context.Context, s Session, patience time.Duration) error {
	release, err := s.Keep(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err := s.Movers(); err != nil {
		return err
	}
	if _, known := s.Owner(); !known {
		return ErrStays // who it is could not be told there
	}
	defer s.GoOn()
	if !comeToRest(ctx, s, patience) {
		return errBusy
	}
	select {
	case d.puts <- struct{}{}: // before it is copied
		defer func() { <-d.puts }()
	case <-ctx.Done():
		return ctx.Err()
	}
	owner, _ := s.Owner()
	movers, err := s.Movers() // some may have been opened since
	if err != nil {
		return err
	}
	states := make([]func() moved.Socket, 0, len(movers))
	for _, m := range movers {
		states = append(states, m.Leave())
	}
	session, keys, err := s.Pack(states, owner)
	if err != nil {
		return err
	}
	d.hand(ctx, s, session, keys)
	s.Depart()
	return nil
}

// hand leaves the session for whoever has its token. Where that fails it is kept here for a while: its client may come back here.
func (d *Desk) hand(ctx context.Context, s Session, m *moved.Session, keys []token.Key) {
	parcel, err := sealed(m, keys)
	if err != nil {
		s.Log().Error("a session could not be packed; it is lost", "err", err)
		d.counters.MovesFailed.Add(1)
		return
	}
	places := make([]string, 0, len(keys))
	for _, k := range keys {
		places = append(places, moved.PlaceName(k))
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTime)
	defer cancel()
	if err := d.depot.Put(within, places, parcel); err != nil {
		s.Log().Warn("a session could not be left for another bridge", "err", err)
		d.counters.MovesFailed.Add(1)
		d.parked.put(places, parcel, m.Until)
		return
	}
	d.counters.MovedOut.Add(1)
	d.counters.MovedBytes.Add(uint64(len(parcel)))
}

func sealed(m *moved.Session, keys []token.Key) ([]byte, error) {
	session, err := moved.Write(m)
	if err != nil {
		return nil, err
	}
	return moved.Seal(session, keys)
}
