package zmtp

import (
	"context"
	"errors"
	"net"
)

// IsParting tells whether a peer hung up in the handshake before it said anything of what it is. Inquire asks it. One that
// ends in the middle of saying it has not refused anybody; it has failed.
func IsParting(err error) bool {
	var p parting
	return errors.As(err, &p) && !p.begun
}

// Inquire asks a peer over a fresh connection what it is, and says why it is not for us. It says nothing of us, so that the
// peer has no reason to hang up. nil: it is a peer for us, or does not say what it is. ctx has to have a deadline. Inquire
// owns conn and closes it.
func (s Self) Inquire(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })() // the only way to end a Read under way
	look := NewLook(conn, s.Limits)
	g, err := look.Greeting()
	if err != nil || g.Mechanism != "NULL" {
		return nil // it has told more when it was met
	}
	properties, err := look.Ready()
	if err != nil {
		return nil
	}
	return s.unfit(properties["socket-type"])
}
