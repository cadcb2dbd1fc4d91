package sessiontest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Patience is what a test waits before it fails; nothing is expected to take that long.
const Patience = 10 * time.Second

// Client is the far end of a session.
type Client struct {
	t      testing.TB
	in     chan []byte
	out    chan []byte
	frames []core.Frame
	closed chan core.CloseCode
	answer chan core.CloseCode
}

// New makes a Client that has said Hello.
func New(t testing.TB) *Client { return Returning(t, nil) }

// Returning makes a Client that has said Hello with the token of a session which it wants to go on with.
func Returning(t testing.TB, token []byte) *Client { return Saying(t, core.Frame{Name: token}) }

// Saying makes a Client that has said a Hello of its own, of which the version and the limit are filled in.
func Saying(t testing.TB, hello core.Frame) *Client {
	c := &Client{t: t, in: make(chan []byte, 1), out: make(chan []byte, 1000), closed: make(chan core.CloseCode, 1), answer: make(chan core.CloseCode, 1)}
	hello.Kind, hello.Version, hello.Limit = core.KindHello, core.Version, 1<<24
	hello.Flags |= uint64(core.CanResubscribe)
	c.Send(hello)
	return c
}

// Send hands frames to the bridge as one WebSocket message.
func (c *Client) Send(frames ...core.Frame) {
	c.t.Helper()
	var batch []byte
	for i := range frames {
		batch = core.AppendFrame(batch, &frames[i])
	}
	select {
	case c.in <- batch:
	case <-time.After(Patience):
		c.t.Error("the session does not read")
	}
}

// Await returns the next frame of a kind, and forgets those before it.
func (c *Client) Await(kind core.Kind) core.Frame {
	c.t.Helper()
	frames := c.Until(kind)
	return frames[len(frames)-1]
}

// AwaitWithin is Await with another patience, for tests whose time is not real.
func (c *Client) AwaitWithin(kind core.Kind, patience time.Duration) core.Frame {
	c.t.Helper()
	frames := c.untilWithin(kind, patience)
	return frames[len(frames)-1]
}

// Until returns the next frames up to one of a kind.
func (c *Client) Until(kind core.Kind) (frames []core.Frame) {
	c.t.Helper()
	return c.untilWithin(kind, Patience)
}

func (c *Client) untilWithin(kind core.Kind, patience time.Duration) (frames []core.Frame) {
	c.t.Helper()
	for {
		f := c.nextWithin(patience, kind.String())
		if frames = append(frames, f); f.Kind == kind {
			return frames
		}
	}
}

// Next returns the next frame, whatever it is.
func (c *Client) Next() core.Frame {
	c.t.Helper()
	return c.nextWithin(Patience, "another frame")
}

func (c *Client) nextWithin(patience time.Duration, what string) core.Frame {
	c.t.Helper()
	for len(c.frames) == 0 {
		select {
		case batch := <-c.out:
			c.split(batch)
		case <-time.After(patience):
			c.t.Fatal("waited for ", what)
		}
	}
	f := c.frames[0]
	c.frames = c.frames[1:]
	return f
}

// Has tells whether a frame of this kind has come, behind the one that was awaited last.
func (c *Client) Has(kind core.Kind) bool {
	for len(c.out) > 0 {
		c.split(<-c.out)
	}
	return slices.ContainsFunc(c.frames, func(f core.Frame) bool { return f.Kind == kind })
}

// Closed tells whether the bridge has ended the connection.
func (c *Client) Closed() bool { return len(c.closed) > 0 }

// AwaitClose waits until the bridge ends the connection.
func (c *Client) AwaitClose() core.CloseCode {
	c.t.Helper()
	select {
	case code := <-c.closed:
		return code
	case <-time.After(Patience):
		c.t.Fatal("waited for the end")
		return 0
	}
}

func (c *Client) split(batch []byte) {
	for len(batch) > 0 {
		kind, fields, rest, err := core.SplitFrame(batch)
		var f core.Frame
		if err == nil {
			err = f.ParseFields(kind, fields)
		}
		if err != nil {
			c.t.Fatal(err)
		}
		if kind == core.KindPing {
			c.Send(core.Frame{Kind: core.KindPong, ID: f.ID})
		}
		c.frames, batch = append(c.frames, f), rest
	}
}

// Read is part of session.Conn, as are Write, Close, Drop and Bound.
func (c *Client) Read(ctx context.Context) ([]byte, error) {
	select {
	case batch := <-c.in:
		return batch, nil
	case <-ctx.Done():
		select {
		case code := <-c.answer:
			return nil, core.NewCloseError(code, "")
		default:
			return nil, core.NewCloseError(core.CloseNormal, "")
		}
	}
}

func (c *Client) Write(ctx context.Context, batch []byte) error {
	select {
	case c.out <- slices.Clone(batch):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) Close(code core.CloseCode, _ string) error {
	c.answer <- code // as a WebSocket does
	c.closed <- code
	return nil
}

func (c *Client) Drop() error { return nil }

func (c *Client) Bound(int, time.Duration, func(int) error) {}
