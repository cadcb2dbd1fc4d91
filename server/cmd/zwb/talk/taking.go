package talk

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
)

// flushEvery is how much a recorder may lose that is killed.
const flushEvery = time.Second

// receive writes what the sockets receive, each of which has a goroutine. The file is this one's alone. It ends with ctx, after the time or
// the count that was said, or with the first error.
func (t *taking) receive(ctx context.Context, sockets []*zmq.Socket, names []string) error {
	if t.f.within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.f.within)
		defer cancel()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	came := make(chan recording.Entry, 64)
	var all sync.WaitGroup
	for i, socket := range sockets {
		source, err := t.file.Source(t.kind.String(), names[i])
		if err != nil {
			cancel(err)
			break
		}
		all.Go(func() {
			if err := hear(ctx, socket, source, came); ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	go func() {
		all.Wait()
		close(came)
	}()
	t.write(came, cancel)
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// hear passes on what a socket receives, until ctx ends. Whoever takes it goes on until this has returned.
func hear(ctx context.Context, socket *zmq.Socket, source int, came chan<- recording.Entry) error {
	for {
		m, err := socket.Recv(ctx)
		e := recording.Entry{Time: time.Now().UnixNano(), Source: source, Parts: m}
		if gap := (*zmq.GapError)(nil); errors.As(err, &gap) {
			e.Gap = &recording.Gap{Missed: gap.Missed, Code: gap.Code.String()}
		} else if err != nil {
			return err
		}
		came <- e
	}
}

// write takes entries until there will be no more. What has come when the end is decided is written, too, but for what is over the count.
func (t *taking) write(came <-chan recording.Entry, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case e, open := <-came:
			if !open {
				return
			}
			if t.err == nil && !t.full() {
				t.err = t.add(e)
			}
		case <-tick.C:
			if t.err == nil {
				t.err = t.file.Flush()
			}
		}
		if t.err != nil || t.full() {
			cancel(nil)
		}
	}
}

func (t *taking) full() bool { return t.s.count > 0 && t.Messages >= uint64(t.s.count) }

func (t *taking) add(e recording.Entry) error {
	if e.Gap != nil {
		t.Gaps++
		t.Missed += e.Gap.Missed
		if err := t.s.out.MissingFor(e.Gap.Missed, e.Gap.Code); err != nil {
			return err
		}
	} else {
		t.Messages++
		t.Bytes += uint64(e.Parts.Size())
	}
	return t.file.Add(e)
}
