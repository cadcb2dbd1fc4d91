package written

import (
	"context"
	"io"
)

// Until reads from r until ctx ends: somebody who presses Ctrl-C need not end the input, too. A read that is under way then goes on, on a
// goroutine of its own, until r gives something or the process ends; what it reads is lost.
func Until(ctx context.Context, r io.Reader) io.Reader { return &until{ctx, r} }

type until struct {
	ctx context.Context
	r   io.Reader
}

// Read is part of io.Reader.
func (u *until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	type result struct {
		n   int
		err error
	}
	own, came := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := u.r.Read(own)
		came <- result{n, err}
	}()
	select {
	case got := <-came:
		return copy(p, own[:got.n]), got.err
	case <-u.ctx.Done():
		return 0, u.ctx.Err()
	}
}
