package stream

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// stream is one stream of JetStream.
type stream struct {
	store  *Store
	js     jetstream.JetStream
	stream jetstream.Stream
	name   string // of the stream in JetStream
	id     string // that no other stream has

	mu    sync.Mutex
	first time.Time // when this bridge may have the lease for the first time; zero: it has never asked
}

func newStream(store *Store, s jetstream.Stream) *stream {
	info := s.CachedInfo()
	return &stream{store: store, js: store.js, stream: s, name: info.Config.Name, id: info.Config.Metadata[identity]}
}

// Name implements durable.Stream.
func (s *stream) Name() string { return s.name + " " + s.id }

// Range implements durable.Stream. The leader of the stream is asked.
func (s *stream) Range(ctx context.Context) (oldest, newest uint64, err error) {
	// A handle of its own: one that is shared keeps what it was told last without a lock.
	now, err := s.js.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, 0, durable.ErrAnother
	}
	if err != nil {
		return 0, 0, away(err)
	}
	info := now.CachedInfo()
	if info.Config.Metadata[identity] != s.id {
		return 0, 0, durable.ErrAnother
	}
	if info.State.Msgs == 0 {
		return info.State.LastSeq + 1, info.State.LastSeq, nil
	}
	return info.State.FirstSeq, info.State.LastSeq, nil
}

// Get implements durable.Stream.
func (s *stream) Get(ctx context.Context, number uint64) (durable.Stored, error) {
	m, err := s.stream.GetMsg(ctx, number)
	if errors.Is(err, jetstream.ErrMsgNotFound) { // it is gone, or whom it was asked of has yet to hear of it
		return s.nextOf(ctx, number)
	}
	if err != nil {
		return durable.Stored{}, away(err)
	}
	return durable.Stored{Number: m.Sequence, Entry: m.Data}, nil
}

func (s *stream) nextOf(ctx context.Context, number uint64) (durable.Stored, error) {
	for {
		all, err := s.read(ctx, number, 1)
		if err != nil {
			return durable.Stored{}, err
		}
		if len(all) > 0 {
			return all[0], nil
		}
		select {
		case <-ctx.Done():
			return durable.Stored{}, away(ctx.Err())
		case <-time.After(againTime):
		}
	}
}

const (
	// againTime is how long it waits for a server that lags behind.
	againTime = 50 * time.Millisecond

	// What is read in one go: so many entries, or so many bytes.
	readEntries = 256
	readBytes   = 128 << 10
)

// Read implements durable.Stream.
func (s *stream) Read(ctx context.Context, from uint64) ([]durable.Stored, error) {
	return s.read(ctx, from, readEntries)
}

func (s *stream) read(ctx context.Context, from uint64, entries int) (all []durable.Stored, err error) {
	batch, err := jetstreamext.GetBatch(ctx, s.js, s.name, entries, jetstreamext.GetBatchSeq(max(1, from)), jetstreamext.GetBatchMaxBytes(readBytes))
	if err != nil {
		return nil, away(err)
	}
	for m, err := range batch {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			break
		}
		if err != nil {
			return nil, away(err)
		}
		all = append(all, durable.Stored{Number: m.Sequence, Entry: m.Data})
	}
	return all, nil
}

// Limit implements durable.Stream: what the server takes, without what goes before it.
func (s *stream) Limit() int { return int(s.js.Conn().MaxPayload()) - headerPlace }

const headerPlace = 256
