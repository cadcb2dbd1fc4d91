//go:build !js

package wsconn

import (
	"context"
	"reflect"
)

// taking takes whole messages out of what has arrived at an accepted connection, where the library makes a context, a
// timer and a walk through several readers for each. It takes only what is simple, and leaves all else to the library:
// fragments, large messages, Pings, Close, whatever is malformed, and the end.
type taking struct {
	messages [][]byte // memory for the next ones
	lent     *memory  // with messages that were returned; nil: nothing is lent
	off      bool     // an error has been returned: the rest is the library's
	enough   bool     // nothing more is to be lent for now, see LendOn
}

// ReadTogether returns the messages that are there, and waits only for the first. The slice is valid until the next call; the
// messages may be kept. Those that are small may share memory, of at most sharedMemory bytes.
func (c *Conn) ReadTogether(ctx context.Context) ([][]byte, error) {
	c.forget()
	if err := c.take(ctx, all); err != nil {
		return nil, err
	}
	return c.takenOrAny(ctx)
}

// takenOrAny is what was taken, or else what the library reads.
func (c *Conn) takenOrAny(ctx context.Context) ([][]byte, error) {
	if len(c.taking.messages) == 0 {
		b, err := c.readAny(ctx)
		if err != nil {
			return nil, err
		}
		c.taking.messages = append(c.taking.messages, b)
	}
	return c.taking.messages, nil
}

// Read returns the next message. The caller may keep it.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	c.forget()
	if err := c.take(ctx, 1); err != nil {
		return nil, err
	}
	if len(c.taking.messages) == 0 {
		return c.readAny(ctx)
	}
	return c.taking.messages[0], nil
}

// all is more messages than can be there.
const all = arrivalsSize

// sharedMemory is how much may be kept of a small message for the sake of another, with itself.
const sharedMemory = 512

// fewMessages is how many places for messages a connection keeps.
const fewMessages = 16

// forget lets go of the messages that were returned.
func (c *Conn) forget() {
	c.Return()
	t := &c.taking
	clear(t.messages)
	if t.messages = t.messages[:0]; cap(t.messages) > fewMessages {
		t.messages = nil
	}
}

// takes tells whether messages are taken at all.
func (c *Conn) takes() bool {
	return c.tcp != nil && !c.texts && !c.taking.off
}

// take takes up to most simple messages, or borrows them. If there is none, it is for the library to say why.
func (c *Conn) take(ctx context.Context, most int) error {
	if !c.takes() {
		return nil
	}
	if err := c.spent(ctx); err != nil {
		return c.ended(err)
	}
	c.watch(ctx)
	held, err := c.takeArrived(most)
	if err == nil && held > firstPiece {
		err = c.hold(held) // after it was taken: there is not much of it
	}
	if err != nil {
		return c.ended(err)
	}
	return nil
}

// ended remembers that the library is to say what comes after an error.
func (c *Conn) ended(err error) error {
	c.taking.off = true
	return err
}

// takeArrived is take, and tells how many bytes it has taken.
func (c *Conn) takeArrived(most int) (held int, err error) {
	tcp := c.tcp
	tcp.turn.Lock()
	defer tcp.turn.Unlock()
	if ok, err := c.awaitSimple(); !ok {
		return 0, err
	}
	if most == borrowed {
		c.lendSimple()
		return 0, nil
	}
	return c.takeSimple(most), nil
}

// takeSimple takes simple messages that are there. It is a function of its own so that whoever waits, which is what most
// connections do, does not have its variables on his stack: a few bytes more, and the runtime leaves him twice as much of it.
func (c *Conn) takeSimple(most int) (held int) {
	tcp := c.tcp
	var shared []byte
	for len(c.taking.messages) < most {
		b := tcp.in.unread()
		if len(b) == 0 {
			break
		}
		f, need := simple(b, c.reading.limit, tcp.in.room())
		if need == 0 || need > len(b) {
			break
		}
		if f.size > len(shared) {
			shared = make([]byte, c.memoryFor(b, most-len(c.taking.messages)))
		}
		f.unmask(shared, b)
		c.taking.messages = append(c.taking.messages, shared[:f.size:f.size])
		shared = shared[f.size:]
		held += f.size
		tcp.in.discard(f.length())
	}
	return held
}

// memoryFor is how many bytes the first message in b takes, with those behind it that may share its memory.
func (c *Conn) memoryFor(b []byte, most int) (total int) {
	for ; most > 0 && len(b) > 0; most-- {
		f, need := simple(b, c.reading.limit, c.tcp.in.room())
		if need == 0 || need > len(b) || total > 0 && total+f.size > sharedMemory {
			break
		}
		total += f.size
		b = b[f.length():]
	}
	return total
}

// awaitSimple waits until a simple message is there. It is false, without an error, when something else is. The time from
// its first byte to its last is bounded.
func (c *Conn) awaitSimple() (ok bool, err error) {
	tcp, timed := c.tcp, false
	for !c.taking.enough && !tcp.closing.Load() && tcp.err == nil && tcp.lost == nil && tcp.frames.between() {
		if b := tcp.in.unread(); len(b) > 0 {
			_, need := simple(b, c.reading.limit, tcp.in.room())
			if ok = 0 < need && need <= len(b); ok || need == 0 {
				break
			}
			if !timed && c.reading.within > 0 {
				timed, tcp.in.took = true, nil // for the time is not that of handling it
				c.begin()
			}
		}
		tcp.lost = cut(tcp.in.await()) // the library meets it
	}
	if timed && !c.reading.deadline.Stop() {
		return false, errUnfinished
	}
	return ok, nil
}

// watch has the connection end with ctx, once for all the reading with it.
func (c *Conn) watch(ctx context.Context) {
	if any(ctx) == c.watched {
		return
	}
	if id := identity(ctx); id != c.watched {
		c.unwatch()
		c.watched = id
		stop := afterEnd(ctx, func() { c.Drop() })
		c.stopWatch.Store(&stop)
	}
}

// itself is a context that calls somebody when it ends. context.AfterFunc would keep more for that.
type itself interface {
	AfterFunc(f func()) (stop func() bool)
}

// identity is something that can be compared with anything, and is one thing as long as a context ends when it did: the context, or
// its channel. The first may have none yet, nor need any.
func identity(ctx context.Context) any {
	if _, ok := ctx.(itself); ok && reflect.TypeOf(ctx).Kind() == reflect.Pointer {
		return ctx
	}
	if done := ctx.Done(); done != nil {
		return done
	}
	return nil // it never ends
}

func afterEnd(ctx context.Context, f func()) (stop func() bool) {
	if own, ok := ctx.(itself); ok {
		return own.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

func (c *Conn) unwatch() {
	if stop := c.stopWatch.Swap(nil); stop != nil {
		(*stop)()
	}
}
