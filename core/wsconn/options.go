package wsconn

// Options of a connection; the zero value works.
type Options struct {
	Subprotocol string // offered or accepted; none when empty
	Limit       int64  // bytes of the largest message read; default 32 MiB
	Text        bool   // messages are text instead of binary; a message of the other kind ends the connection
	Either      bool   // messages are of both kinds: for Accept, and ReadEither
}

const defaultLimit = 32 << 20

func (o Options) limit() int64 {
	if o.Limit > 0 {
		return o.Limit
	}
	return defaultLimit
}
