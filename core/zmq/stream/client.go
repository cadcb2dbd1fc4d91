package stream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// ClientOptions of a client of streams; the zero value works.
type ClientOptions struct {
	Credit  int           // items of a stream that may wait for its loop; default 64
	Streams int           // streams and calls that may be open; default 1000
	Renewal time.Duration // how often a server is asked whether a stream is still there; default 15 s
}

func (o ClientOptions) withDefaults() ClientOptions {
	setDefault(&o.Credit, 64)
	setDefault(&o.Streams, 1000)
	setDefault(&o.Renewal, 15*time.Second)
	return o
}

// patience is how often a server is asked in vain before it counts as gone.
const patience = 3

// Client has streams and calls over one DEALER.
type Client struct {
	conn   Conn
	opts   ClientOptions
	turn   turn
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	prefix string // of the ids of this client
	done   sync.WaitGroup

	mu    sync.Mutex // guards what follows
	open  map[string]*exchange
	last  uint64 // the number in the last id
	ended *core.Error
}

// exchange is an open stream, or a call. The lock of its client guards heard and unheard.
type exchange struct {
	id      string
	call    bool
	items   chan []byte   // of a stream; has room for all that was granted
	reply   core.Message  // of a call; set before ended is closed
	ended   chan struct{} // is closed when nothing more will come
	err     error         // set before ended is closed; nil: it has ended as it should
	heard   bool          // the server has said something
	unheard int           // how often the server was asked since then
}

// NewClient makes a client. It receives from conn until Close.
func NewClient(conn Conn, opts ClientOptions) *Client {
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{conn: conn, opts: opts.withDefaults(), turn: newTurn(), ctx: ctx, stop: stop, prefix: rand.Text()[:10] + ".",
		open: map[string]*exchange{}}
	c.done.Go(c.receive)
	c.done.Go(c.renew)
	return c
}

// Close ends all streams and calls with the code Closed. The servers are told to stop.
func (c *Client) Close() {
	c.end(core.NewError(core.Closed, "the client of streams was closed"))
	c.stop()
	c.done.Wait()
}

// Stream begins a stream when it is ranged over, and yields its items. An error is the last thing that it yields. Leaving
// the loop cancels the stream.
func (c *Client) Stream(ctx context.Context, fn string, args, kwargs []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		text, err := rpc.AppendStreamCall(nil, fn, args, kwargs, c.opts.Credit)
		if err != nil {
			yield(nil, err)
			return
		}
		e, err := c.begin(ctx, false, core.Message{text})
		if err != nil {
			yield(nil, err)
			return
		}
		defer c.cancel(e)
		if err := c.items(ctx, e, func(item []byte) bool { return yield(item, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// items yields the items of a stream, and grants credit for more when half of it is used up.
func (c *Client) items(ctx context.Context, e *exchange, yield func([]byte) bool) error {
	for used := 1; ; used++ {
		item, err := e.next(ctx)
		if item == nil || err != nil || !yield(item) {
			return err
		}
		if 2*used >= c.opts.Credit {
			if err := c.say(ctx, e, rpc.AppendCredit(nil, used)); err != nil {
				return err
			}
			used = 0
		}
	}
}

// next waits for the next item. nil says that the stream has ended as it should.
func (e *exchange) next(ctx context.Context) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, gaveUp(ctx)
	}
	select {
	case item := <-e.items:
		return item, nil
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	case <-e.ended:
	}
	select {
	case item := <-e.items: // it came before the end
		return item, nil
	default:
		return nil, e.err
	}
}

// Request sends a call that is no stream, and returns its answer.
func (c *Client) Request(ctx context.Context, parts ...[]byte) (core.Message, error) {
	e, err := c.begin(ctx, true, parts)
	if err != nil {
		return nil, err
	}
	defer c.remove(e)
	select {
	case <-e.ended:
		return e.reply, e.err
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
}

// begin opens an exchange and sends its first message.
func (c *Client) begin(ctx context.Context, call bool, body core.Message) (*exchange, error) {
	e := &exchange{call: call, ended: make(chan struct{})}
	if !call {
		e.items = make(chan []byte, c.opts.Credit)
	}
	if err := c.add(e); err != nil {
		return nil, err
	}
	if err := c.turn.send(ctx, c.conn, append(core.Message{[]byte(e.id), {}}, body...)); err != nil {
		c.remove(e)
		if ctx.Err() != nil {
			err = gaveUp(ctx)
		}
		return nil, err
	}
	return e, nil
}

func (c *Client) add(e *exchange) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended != nil:
		return c.ended
	case len(c.open) >= c.opts.Streams:
		return core.NewError(core.Busy, strconv.Itoa(len(c.open))+" streams and calls are open")
	}
	c.last++
	e.id = c.prefix + strconv.FormatUint(c.last, 10)
	c.open[e.id] = e
	return nil
}

// remove forgets an exchange. It returns false if that had ended before.
func (c *Client) remove(e *exchange) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, open := c.open[e.id]
	delete(c.open, e.id)
	return open
}

// cancel tells the server that nobody wants the rest of a stream, unless that has ended.
func (c *Client) cancel(e *exchange) {
	if !c.remove(e) {
		return
	}
	ctx, stop := context.WithTimeout(c.ctx, time.Second)
	defer stop()
	c.say(ctx, e, rpc.AppendCancel(nil))
}

func (c *Client) say(ctx context.Context, e *exchange, text []byte) error {
	return c.turn.send(ctx, c.conn, core.Message{[]byte(e.id), {}, text})
}

// receive takes what servers say, until nothing more comes.
func (c *Client) receive() {
	for {
		m, err := c.conn.Recv(c.ctx)
		var interrupted *Interruption
		switch {
		case err == nil:
			c.hear(m)
		case errors.As(err, &interrupted):
			c.interrupt(interrupted)
		default:
			c.end(&core.Error{Code: core.CodeOf(err), Text: err.Error()})
			return
		}
	}
}

// hear takes a message of a server.
func (c *Client) hear(m core.Message) {
	envelope, text, ok := split(m)
	if !ok {
		return
	}
	id := string(envelope[len(envelope)-2])
	c.mu.Lock()
	e := c.open[id]
	if e != nil {
		e.heard, e.unheard = true, 0
	}
	c.mu.Unlock()
	switch {
	case e == nil:
		c.disown(id, text)
	case e.call:
		e.reply = core.Message{text}
		c.finish(e, nil)
	default:
		c.take(e, text)
	}
}

// take takes what a server says about a stream.
func (c *Client) take(e *exchange, text []byte) {
	answer, err := rpc.ParseStreamAnswer(text)
	switch {
	case err != nil:
		c.finish(e, err)
	case answer.Err != nil:
		c.finish(e, answer.Err)
	case answer.Ended:
		c.finish(e, nil)
	case answer.Item != nil:
		select {
		case e.items <- answer.Item:
		default:
			c.disown(e.id, text)
			c.finish(e, core.NewError(core.Protocol, "the server has sent more items than were granted"))
		}
	}
}

// disown cancels a stream that is not open here, if this is an item of it.
func (c *Client) disown(id string, text []byte) {
	if answer, err := rpc.ParseStreamAnswer(text); err != nil || answer.Item == nil {
		return
	}
	ctx, stop := context.WithTimeout(c.ctx, time.Second)
	defer stop()
	c.say(ctx, &exchange{id: id}, rpc.AppendCancel(nil))
}

// finish ends an exchange. Only the first call counts.
func (c *Client) finish(e *exchange, err error) {
	if c.remove(e) {
		e.err = err
		close(e.ended)
	}
}

// interrupt ends everything that is open; or, if only a message that was sent has not arrived, everything that this may have begun.
func (c *Client) interrupt(why *Interruption) {
	for _, e := range c.all() {
		c.mu.Lock()
		spared := why.Unsent && e.heard
		c.mu.Unlock()
		if !spared {
			c.finish(e, why.Err)
		}
	}
}

func (c *Client) all() (all []*exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.open {
		all = append(all, e)
	}
	return all
}

// end ends everything that is open, and everything that is begun later.
func (c *Client) end(why *core.Error) {
	c.mu.Lock()
	if c.ended == nil {
		c.ended = why
	}
	c.mu.Unlock()
	for _, e := range c.all() {
		if c.remove(e) {
			if !e.call {
				ctx, stop := context.WithTimeout(c.ctx, time.Second)
				c.say(ctx, e, rpc.AppendCancel(nil))
				stop()
			}
			e.err = why
			close(e.ended)
		}
	}
}

// renew asks servers whether streams are still there, which also tells them that somebody still wants these.
func (c *Client) renew() {
	ticks := time.NewTicker(c.opts.Renewal)
	defer ticks.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-ticks.C:
		}
		for _, e := range c.all() {
			c.ask(e)
		}
	}
}

func (c *Client) ask(e *exchange) {
	if e.call {
		return
	}
	c.mu.Lock()
	late := e.unheard >= patience
	e.unheard++
	c.mu.Unlock()
	if late {
		c.finish(e, core.NewError(core.Timeout, "the server does not answer any more"))
		return
	}
	ctx, stop := context.WithTimeout(c.ctx, c.opts.Renewal)
	defer stop()
	c.say(ctx, e, rpc.AppendCredit(nil, 0))
}

// gaveUp is the error for a caller whose context has ended.
func gaveUp(ctx context.Context) error {
	code := core.Canceled
	if ctx.Err() == context.DeadlineExceeded {
		code = core.Timeout
	}
	return fmt.Errorf("%w: %w", &core.Error{Code: code}, ctx.Err())
}
