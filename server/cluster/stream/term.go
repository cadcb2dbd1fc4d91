package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// term is a durable.Term. Each has a subject of its own, which is the only one that the stream listens to: what was sent to another
// one finds nobody. To expect a last entry is not enough against somebody who is late and has several under way: when the first of
// them is refused because another entry is there, the next finds just as many entries as it expects.
type term struct {
	stream  *stream
	subject string
}

// Begin implements durable.Stream.
func (s *stream) Begin(ctx context.Context) (durable.Term, error) {
	now, err := s.js.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, durable.ErrAnother
	}
	if err != nil {
		return nil, away(err)
	}
	t := &term{stream: s, subject: s.store.subject(s.name, nuid.Next())}
	config := now.CachedInfo().Config
	config.Subjects = []string{t.subject}
	if _, err := s.js.UpdateStream(ctx, config); err != nil {
		return nil, away(err)
	}
	return t, t.isReached(ctx)
}

// isReached returns when what is sent to the subject reaches the stream, as it does once all servers know of it. It asks with an entry
// that cannot be taken. ctx has a deadline.
func (t *term) isReached(ctx context.Context) error {
	for {
		err := t.knock(ctx)
		if refuses(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return away(err)
		case <-time.After(againTime):
		}
	}
}

// knockTime is how long the stream may take to refuse an entry. A server that has just ceased to lead it does not answer.
const knockTime = 500 * time.Millisecond

func (t *term) knock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, knockTime)
	defer cancel()
	_, err := t.stream.js.PublishMsg(ctx, &nats.Msg{Subject: t.subject}, jetstream.WithExpectLastSequence(1<<62), jetstream.WithRetryAttempts(0))
	return err
}

// refuses tells whether it was the stream that refused an entry, and not a server that cannot ask it.
func refuses(err error) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) &&
		(refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Append implements durable.Term.
func (t *term) Append(entry []byte, last uint64) (durable.Pending, error) {
	m := &nats.Msg{Subject: t.subject, Data: entry}
	future, err := t.stream.js.PublishMsgAsync(m, jetstream.WithExpectLastSequence(last), jetstream.WithRetryAttempts(0))
	if err != nil {
		return nil, away(err)
	}
	return pending{future}, nil
}

// pending is a durable.Pending.
type pending struct{ future jetstream.PubAckFuture }

// Wait implements durable.Pending.
func (p pending) Wait(ctx context.Context) error {
	select {
	case <-p.future.Ok():
		return nil
	case err := <-p.future.Err():
		return away(err)
	case <-ctx.Done():
		return away(ctx.Err())
	}
}
