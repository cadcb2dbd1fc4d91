package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// innocent is a client that asks an echo, and does nothing else.
type innocent struct {
	*intruder.Intruder
	id      uint64
	refused int // requests that the bridge was too busy for
}

func newInnocent(door *intruder.Door, echo string) (*innocent, error) {
	v := door.Join()
	if v == nil {
		return nil, errors.New("the bridge lets nobody in")
	}
	if v.Open(1, core.REQ, 0, echo); v.Hear(core.KindOpened) == nil {
		v.Close()
		return nil, fmt.Errorf("the bridge does not open the echo: %v", v.End())
	}
	return &innocent{Intruder: v}, nil
}

// pace is the pause between two questions.
const pace = 2 * time.Millisecond

// ask asks for a while, and returns how long the answers took, in order of that. A request that the bridge is too busy for is made
// again, and the time goes on.
func (i *innocent) ask(ctx context.Context, duration time.Duration) (taken []time.Duration, err error) {
	for end := time.Now().Add(duration); time.Now().Before(end); time.Sleep(pace) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		began := time.Now()
		for !i.answered() {
			if i.End() != nil || time.Since(began) > patience {
				return nil, fmt.Errorf("the innocent client is not answered any more: %v", i.End())
			}
			i.refused++
			time.Sleep(pace)
		}
		taken = append(taken, time.Since(began))
	}
	slices.Sort(taken)
	return taken, nil
}

// patience is how long an answer may take at all.
const patience = 10 * time.Second

// answered asks once.
func (i *innocent) answered() bool {
	i.id++
	i.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: i.id, Millis: 10_000, Parts: core.Message{[]byte("hello")}},
		core.Frame{Kind: core.KindAck, Seq: i.id}) // of the answers before
	f := i.Hear(core.KindReply, core.KindFailed)
	return f != nil && f.Kind == core.KindReply && f.ID == i.id
}
