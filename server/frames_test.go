package server

import (
	"context"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// frameConn is a client that says what it likes, frame by frame.
type frameConn struct {
	t      *testing.T
	conn   *wsconn.Conn
	frames []core.Frame
	err    error
}

// dialFrames shakes hands.
func dialFrames(t *testing.T, url string) *frameConn {
	t.Helper()
	c := &frameConn{t: t, conn: dialMute(t, url)}
	c.send(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24})
	c.await(core.KindWelcome)
	return c
}

func (c *frameConn) send(frames ...core.Frame) {
	c.t.Helper()
	var batch []byte
	for i := range frames {
		batch = core.AppendFrame(batch, &frames[i])
	}
	if err := c.conn.Write(c.t.Context(), batch); err != nil {
		c.t.Fatal(err)
	}
}

// next is the next frame about a socket that is not news of its state.
func (c *frameConn) next() core.Frame {
	c.t.Helper()
	for {
		f := c.frame()
		if c.err != nil {
			c.t.Fatal(c.err)
		}
		if f.Kind.Numbered() && f.Kind != core.KindOpened && f.Kind != core.KindState && f.Kind != core.KindCredit {
			return f
		}
	}
}

func (c *frameConn) await(kind core.Kind) core.Frame {
	c.t.Helper()
	for {
		f := c.frame()
		if c.err != nil {
			c.t.Fatalf("waiting for %v: %v", kind, c.err)
		}
		if f.Kind == kind {
			return f
		}
	}
}

func (c *frameConn) awaitClose() core.CloseCode {
	c.t.Helper()
	for c.err == nil {
		c.frame()
	}
	return closeCode(c.err)
}

func (c *frameConn) frame() (f core.Frame) {
	c.t.Helper()
	for len(c.frames) == 0 {
		ctx, cancel := context.WithTimeout(c.t.Context(), patience)
		batch, err := c.conn.Read(ctx)
		cancel()
		if err != nil {
			c.err = err
			return core.Frame{}
		}
		c.split(slices.Clone(batch))
	}
	f = c.frames[0]
	c.frames = c.frames[1:]
	return f
}

func (c *frameConn) split(batch []byte) {
	for len(batch) > 0 {
		kind, fields, rest, err := core.SplitFrame(batch)
		var f core.Frame
		if err == nil && kind.Known() {
			err = f.ParseFields(kind, fields)
		}
		if err != nil {
			c.t.Fatal(err)
		}
		c.frames = append(c.frames, f)
		batch = rest
	}
}
