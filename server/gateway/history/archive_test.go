package history

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// pieces is an Archive. It has nothing to say once it is broken.
type pieces struct {
	all    []Piece
	broken bool
}

var errBroken = core.NewError(core.Unavailable, "broken")

func (a *pieces) Oldest(context.Context, string) (uint64, error) {
	if a.broken || len(a.all) == 0 {
		return 0, errBroken
	}
	return a.all[0].First, nil
}

func (a *pieces) Read(_ context.Context, _ string, offset uint64, _ *Piece) (Piece, error) {
	if a.broken {
		return Piece{}, errBroken
	}
	for _, p := range a.all {
		if p.Next() > offset {
			return p, nil
		}
	}
	return Piece{}, errBroken
}

// everyone selects everything, or what begins with a prefix.
type everyone string

func (e everyone) Prefixes() iter.Seq[string]  { return slices.Values([]string{string(e)}) }
func (e everyone) Contains(prefix string) bool { return prefix == string(e) }
func (e everyone) Selects(topic []byte) bool   { return strings.HasPrefix(string(topic), string(e)) }

func numbered(from, to uint64) (b []core.Body) {
	for n := from; n <= to; n++ {
		b = append(b, core.EncodeBody(core.Message{fmt.Appendf(nil, "%c%d", 'a'+rune(n%2), n)}))
	}
	return b
}

// TestReplayOfAnArchive: what is older than the log has is read from the archive, and what cannot be had is told.
func TestReplayOfAnArchive(t *testing.T) {
	for name, test := range map[string]struct {
		since  core.Position
		prefix everyone
		change func(a *pieces) // before it reads
		answer Recovery
		want   string
	}{
		"everything":            {since: core.Position{Epoch: "e"}, answer: Recovery{From: core.Position{Epoch: "e"}, Messages: 10}, want: "b1 a2 b3 a4 unavailable0@5 b7 a8 lost2@9 a10 b11 a12 b13"},
		"since within a piece":  {since: core.Position{Epoch: "e", Offset: 7}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 7}, Messages: 5}, want: "a8 lost2@9 a10 b11 a12 b13"},
		"since the newest hole": {since: core.Position{Epoch: "e", Offset: 9}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 9}, Complete: true, Messages: 4}, want: "a10 b11 a12 b13"},
		"what the log has":      {since: core.Position{Epoch: "e", Offset: 11}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 11}, Complete: true, Messages: 2}, want: "a12 b13"},
		"of one topic":          {since: core.Position{Epoch: "e", Offset: 2}, prefix: "a", answer: Recovery{From: core.Position{Epoch: "e", Offset: 2}, Messages: 4}, want: "a4 unavailable0@5 a8 lost0@9 a10 a12"},
		"of another epoch":      {since: core.Position{Epoch: "f", Offset: 9}, answer: Recovery{From: core.Position{Epoch: "e"}, Lost: true, Messages: 10}, want: "b1 a2 b3 a4 unavailable0@5 b7 a8 lost2@9 a10 b11 a12 b13"},
		"the archive is away":   {since: core.Position{Epoch: "e", Offset: 7}, change: func(a *pieces) { a.broken = true }, answer: Recovery{From: core.Position{Epoch: "e", Offset: 7}, Messages: 5}, want: "unavailable0@10 b11 a12 b13"},
		"it forgets meanwhile":  {since: core.Position{Epoch: "e", Offset: 2}, change: func(a *pieces) { a.all = a.all[3:] }, answer: Recovery{From: core.Position{Epoch: "e", Offset: 2}, Messages: 8}, want: "busy0@6 b7 a8 lost2@9 a10 b11 a12 b13"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &pieces{all: []Piece{
				{First: 1, Bodies: numbered(1, 4)}, {First: 5}, {First: 6}, {First: 7, Bodies: numbered(7, 8)},
				{First: 9, Lack: true, Count: 2}, {First: 10, Bodies: numbered(10, 10)},
			}}
			l := NewCache(access.History{Bytes: 1 << 20}, a, nil, new(Counters))
			l.Adopt("e", 10, 9)
			for _, body := range numbered(11, 13) {
				l.Keep(body.Topic(), body)
			}
			r, answer := NewReplay(l, new(sync.RWMutex), test.prefix, test.since, nil)
			if answer != test.answer {
				t.Errorf("the answer is %+v, want %+v", answer, test.answer)
			}
			if test.change != nil {
				test.change(a)
				r.past.piece = nil
			}
			if text := readAll(r); text != test.want {
				t.Errorf("it reads %s, want %s", text, test.want)
			}
		})
	}
}

// readAll is what a replay reads, in words.
func readAll(r *Replay) string {
	var got []string
	for more := true; more; {
		var items []Replayed
		items, more = r.Next(3, 1<<20)
		for _, item := range items {
			if item.Gap != core.OK {
				got = append(got, fmt.Sprintf("%v%d@%d", item.Gap, item.Missed, item.Offset))
			} else {
				got = append(got, string(item.Body.Topic()))
			}
		}
	}
	return strings.Join(got, " ")
}

// TestReplayOfWhatBegins: who comes from another bridge may know more of the history than this one does yet. Nothing is missing, and
// nothing comes twice, once it knows as much; what it cannot find out it does not call lost.
func TestReplayOfWhatBegins(t *testing.T) {
	for name, test := range map[string]struct {
		adopted bool // from the beginning
		since   core.Position
		broken  bool         // the archive, until it is read
		soon    func(l *Log) // while the answer is made
		answer  Recovery
		then    func(l *Log) // before it reads
		want    string
	}{
		"next": {adopted: true, since: core.Position{Epoch: "e", Offset: 6}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 6}, Complete: true},
			then: func(l *Log) { keep(l, 7, 8) }, want: "b7 a8"},
		"ahead, for a moment": {adopted: true, since: core.Position{Epoch: "e", Offset: 8}, soon: func(l *Log) { keep(l, 7, 9) },
			answer: Recovery{From: core.Position{Epoch: "e", Offset: 8}, Complete: true, Messages: 1}, want: "b9"},
		"ahead for good": {adopted: true, since: core.Position{Epoch: "e", Offset: 8}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 6}, Lost: true},
			then: func(l *Log) { keep(l, 7, 7) }, want: "b7"},
		"before the history is known": {since: core.Position{Epoch: "e", Offset: 2}, soon: func(l *Log) { adopt(l, "e") },
			answer: Recovery{From: core.Position{Epoch: "e", Offset: 2}, Complete: true, Messages: 4}, want: "b3 a4 b5 a6"},
		"nobody knows how far it reaches back": {adopted: true, since: core.Position{Epoch: "e", Offset: 2}, broken: true,
			answer: Recovery{From: core.Position{Epoch: "e", Offset: 2}, Messages: 4}, want: "b3 a4 b5 a6"},
		"it begins anew meanwhile": {adopted: true, since: core.Position{Epoch: "e", Offset: 5}, answer: Recovery{From: core.Position{Epoch: "e", Offset: 5}, Complete: true, Messages: 1},
			then: func(l *Log) { l.Adopt("f", 0, 0); keep(l, 1, 2) }, want: "lost0@0 b1 a2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &pieces{all: []Piece{{First: 1, Bodies: numbered(1, 4)}}, broken: test.broken}
				l := NewCache(access.History{Bytes: 1 << 20}, a, nil, new(Counters))
				if test.adopted {
					adopt(l, "e")
				}
				var lock sync.RWMutex
				if test.soon != nil {
					time.AfterFunc(time.Second, func() {
						lock.Lock()
						defer lock.Unlock()
						test.soon(l)
					})
				}
				r, answer := NewReplay(l, &lock, everyone(""), test.since, nil)
				if answer != test.answer {
					t.Errorf("the answer is %+v, want %+v", answer, test.answer)
				}
				if a.broken = false; test.then != nil {
					test.then(l)
				}
				if text := readAll(r); text != test.want {
					t.Errorf("it reads %s, want %s", text, test.want)
				}
			})
		})
	}
}

// adopt has a log go on behind message 4, and keep two more.
func adopt(l *Log, epoch string) {
	l.Adopt(epoch, 4, 0)
	keep(l, 5, 6)
}

func keep(l *Log, from, to uint64) {
	for _, body := range numbered(from, to) {
		l.Keep(body.Topic(), body)
	}
}
