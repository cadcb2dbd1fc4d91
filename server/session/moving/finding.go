package moving

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// Late has told called if another bridge leaves the session of who has a token after all, for which Find has looked in vain. It must not block. forget
// ends that.
func (d *Desk) Late(presented []byte, told func()) (forget func()) {
	if d.depot == nil || len(presented) != token.Size {
		return func() {}
	}
	return d.depot.Late(moved.PlaceName(token.KeyOf(presented)), told)
}

// Find finds a session that was left for who has a token. take takes it away, as that of a Depot does. The error is core.Lost where there is none.
// elsewhere says that it may be one of another bridge; without that it is looked for among those that could not leave this one.
func (d *Desk) Find(ctx context.Context, presented []byte, elsewhere bool) (m *moved.Session, take func(context.Context) error, err error) {
	key := token.KeyOf(presented)
	place := moved.PlaceName(key)
	parcel, take, err := d.parked.get(place)
	if err != nil {
		if !elsewhere || d.depot == nil || len(presented) != token.Size {
			return nil, nil, err
		}
		select {
		case d.looks <- struct{}{}: // anybody may show tokens that there are none
			defer func() { <-d.looks }()
		case <-ctx.Done():
			return nil, nil, errNothing
		}
		if parcel, take, err = d.depot.Get(ctx, place); err != nil {
			return nil, nil, err
		}
	}
	plain, err := moved.Open(parcel, key)
	if err == nil {
		m, err = moved.Read(plain)
	}
	if err == nil && time.Now().After(m.Until) {
		err = errNothing
	}
	return m, take, err
}
