package durable

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
)

// Follower hands what a stream brings to a feed.
type Follower struct {
	Stream Stream
	Feed   *pubsub.Feed
	Log    *slog.Logger

	// State is told whether the stream is followed (nil), or why it is not.
	State func(reason error)

	trouble trouble

	number uint64 // of the entry that was read last
	begun  bool   // number is known
	odd    bool   // an entry that cannot be read was told of
}

// Run follows until ctx ends, or the stream is not there any more.
func (f *Follower) Run(ctx context.Context) {
	for {
		err := f.follow(ctx)
		if ctx.Err() != nil || errors.Is(err, ErrAnother) {
			return
		}
		f.trouble.is(err)
		f.State(errNotThere)
		pause(ctx, retryTime)
	}
}

func (f *Follower) follow(ctx context.Context) error {
	if !f.begun {
		if err := f.begin(ctx); err != nil {
			return err
		}
	}
	ctx, end := context.WithCancel(ctx)
	var followed sync.WaitGroup
	defer followed.Wait()
	defer end()
	fed := false
	begin := func() { // once somebody has begun to count
		if epoch, _ := f.Feed.Place(); epoch == "" || fed {
			return
		}
		fed = true
		f.trouble.isOver()
		f.State(nil)
		followed.Go(func() { f.Feed.Followed(ctx) }) // ends with ctx
	}
	return f.Stream.Follow(ctx, f.number, begin, func(all []Stored) error {
		err := f.takeAll(all)
		begin()
		return err
	})
}

// begin finds out where the stream is at the moment. What it has already is left to the archive.
func (f *Follower) begin(ctx context.Context) error {
	oldest, newest, err := askRange(ctx, f.Stream)
	if err != nil {
		return err
	}
	entries, err := readRun(ctx, f.Stream, oldest, newest)
	if err != nil {
		return err
	}
	if n := len(entries); n > 0 {
		last := &entries[n-1]
		if err := f.Feed.Adopt(epochOf(f.Stream, last), last.Next()-1, last.NewestHole()); err != nil {
			return err
		}
	}
	f.number, f.begun = newest, true
	return nil
}

// takeAll hands on entries that have come together, so that each subscriber is visited once for all of them.
func (f *Follower) takeAll(all []Stored) (err error) {
	more := 0
	for _, s := range all {
		more += len(s.Entry)
	}
	for _, s := range all {
		if more -= len(s.Entry); err == nil {
			err = f.take(s, more)
		}
	}
	return cmp.Or(err, f.Feed.Flush())
}

// take hands on one entry, of whose messages some may have yet to be delivered. Behind it so many bytes will follow.
func (f *Follower) take(s Stored, more int) error {
	e, err := ParseEntry(s.Entry)
	if err != nil {
		if !f.odd {
			f.odd = true
			f.Log.Warn("gateway: an entry of a durable history cannot be read; this is said once", "stream", f.Stream.Name(), "entry", s.Number)
		}
		return nil // what is missing shows in the next one
	}
	f.number = s.Number
	epoch, next := f.Feed.Place()
	switch now := epochOf(f.Stream, &e); {
	case now != epoch:
		err = f.Feed.Adopt(now, e.Base-1, e.Hole)
	case e.Base > next: // it was forgotten before it was read
		missed := e.Base - next
		if e.Hole >= next { // how many were missing there already nobody knows
			missed = 0
		}
		err = f.Feed.Skip(e.Base-1, e.Hole, missed)
	case e.Base < next:
		return nil // it was read before
	}
	if err != nil {
		return err
	}
	switch e.Kind {
	case Messages:
		return f.Feed.Feed(e.Bodies, more)
	case Hole, Lack:
		return f.Feed.FeedHole(pubsub.Absence{Topic: e.Topic, Messages: e.Missing}, e.Kind == Lack)
	}
	return nil
}

// epochOf is the epoch of an entry. It tells nothing of the stream.
func epochOf(s Stream, e *Entry) string {
	digest := sha256.Sum256([]byte(s.Name() + " " + strconv.FormatUint(e.Origin, 10)))
	return base64.RawURLEncoding.EncodeToString(digest[:15])
}
