package zmq_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest"
)

// pipe is one end of a connection in memory. It uses nothing that synctest cannot simulate.
type pipe struct {
	peer  *pipe
	in    chan []byte
	limit int64
	ended chan struct{} // closed when err is set

	mu sync.Mutex

	err    error // why there is nothing more to read
	unread bool  // what had arrived before the end can still be read
}

func newPipe(limit int64) (a, b *pipe) {
	end := func() *pipe { return &pipe{in: make(chan []byte, 4), ended: make(chan struct{}), limit: limit} }
	a, b = end(), end()
	a.peer, b.peer = b, a
	return a, b
}

func (p *pipe) end(err error, unread bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err, p.unread = err, unread
		close(p.ended)
	}
}

// fail says why there is nothing more to read; nil while there may be something.
func (p *pipe) fail() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unread && len(p.in) > 0 {
		return nil
	}
	return p.err
}

func (p *pipe) Read(ctx context.Context) ([]byte, error) {
	if err := p.spent(ctx); err != nil {
		return nil, err
	}
	if err := p.fail(); err != nil {
		return nil, err
	}
	select {
	case b := <-p.in:
		return p.take(b)
	default:
	}
	select {
	case b := <-p.in:
		return p.take(b)
	case <-p.ended:
		return p.Read(ctx)
	case <-ctx.Done():
		return nil, p.spent(ctx)
	}
}

func (p *pipe) take(b []byte) ([]byte, error) {
	if p.limit > 0 && int64(len(b)) > p.limit {
		return nil, core.NewCloseError(core.CloseTooLarge, "over the limit")
	}
	return b, nil
}

func (p *pipe) Write(ctx context.Context, b []byte) error {
	if err := p.spent(ctx); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return core.NewError(core.Lost, "the pipe has ended")
	default:
	}
	select {
	case p.peer.in <- bytes.Clone(b):
		return nil
	case <-p.ended:
		return core.NewError(core.Lost, "the pipe has ended")
	case <-ctx.Done():
		return p.spent(ctx)
	}
}

// spent ends the connection if the context of a call has ended, as every transport does.
func (p *pipe) spent(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	p.Drop()
	return core.NewError(core.Lost, ctx.Err().Error())
}

func (p *pipe) Close(code core.CloseCode, reason string) error {
	p.peer.end(core.NewCloseError(code, reason), true)
	p.end(core.NewError(core.Lost, "closed here"), false)
	return nil
}

func (p *pipe) Drop() error {
	p.peer.end(core.NewError(core.Lost, "the other end was dropped"), true)
	p.end(core.NewError(core.Lost, "dropped here"), false)
	return nil
}

func TestPipe(t *testing.T) {
	coretest.TestConn(t, func(_ *testing.T, limit int64) (a, b coretest.Conn) { return newPipe(limit) })
}
