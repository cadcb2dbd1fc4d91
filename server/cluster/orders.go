package cluster

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Orders are what bridges ask of all others at once, such as to end the sessions of a user. They are not kept: who is cut off gets none, and whoever has
// asked is told who did not answer.
//
// Whoever reaches NATS as a bridge does can give orders.
type Orders struct {
	conn     *Connection
	presence *Presence
	host     string
	carryOut func(context.Context, Order) (outcome any, err error)
	refused  atomic.Uint64
}

const (
	waitingOrders = 16              // that wait to be carried out, and answers that wait to be read for each bridge that may be there
	orderTime     = 2 * time.Minute // in which one is carried out
	atOnce        = 4               // are carried out side by side, as one may take its time
)

// NewOrders is for a bridge that is in the cluster, and carries orders of others out with carryOut, several side by side. Run has to be called.
func NewOrders(c *Connection, p *Presence, carryOut func(context.Context, Order) (outcome any, err error)) *Orders {
	host, _ := os.Hostname() // "" if it has none
	return &Orders{conn: c, presence: p, host: visible(host), carryOut: carryOut}
}

// Refused is how many orders were not carried out because nobody could have meant them, or because there were too many.
func (o *Orders) Refused() uint64 { return o.refused.Load() }

// Run carries orders out until ctx ends. It is called once.
func (o *Orders) Run(ctx context.Context) {
	waiting := make(chan *nats.Msg, waitingOrders)
	heard, err := o.conn.nats.Subscribe(o.conn.subject("orders"), func(m *nats.Msg) {
		select {
		case waiting <- m:
		default:
			o.refused.Add(1)
			o.answer(m, Answer{Refused: "too many orders wait at this bridge"})
		}
	})
	if err != nil {
		return // the connection is closed
	}
	defer heard.Unsubscribe()
	var workers sync.WaitGroup
	defer workers.Wait()
	for range atOnce {
		workers.Go(func() { o.work(ctx, waiting) })
	}
}

// work carries out one order after the other until ctx ends.
func (o *Orders) work(ctx context.Context, waiting <-chan *nats.Msg) {
	for {
		select {
		case m := <-waiting:
			o.obey(ctx, m)
		case <-ctx.Done():
			return
		}
	}
}

// obey carries out one order. Before that it says that it does, because it may take its time.
func (o *Orders) obey(ctx context.Context, m *nats.Msg) {
	order, err := readOrder(m.Data)
	if err != nil {
		o.refused.Add(1)
		o.answer(m, Answer{Refused: err.Error()})
		return
	}
	if order.Bridge == o.conn.identity.ID {
		return
	}
	o.answer(m, Answer{Begun: true})
	within, cancel := context.WithTimeout(ctx, orderTime)
	defer cancel()
	outcome, err := o.carryOut(within, order)
	if err != nil {
		o.answer(m, Answer{Refused: err.Error()})
		return
	}
	text, err := json.Marshal(outcome)
	if err != nil || len(text) > mostAnswer/2 {
		o.answer(m, Answer{Refused: "it was done, and what has come of it is too much to be told"})
		return
	}
	o.answer(m, Answer{Outcome: text})
}

func (o *Orders) answer(m *nats.Msg, a Answer) {
	if m.Reply == "" {
		return
	}
	a.Bridge, a.Host = o.conn.identity.ID, o.host
	if text, err := json.Marshal(a); err == nil {
		_ = m.Respond(text) // who does not get it says that this bridge did not answer
	}
}

// Silent is a bridge that did not answer.
type Silent struct {
	Bridge string `json:"bridge"`
	Host   string `json:"host"`
	Begun  bool   `json:"begun"` // it had said that it would
}

// Give has all other bridges carry something out. Each has Deadline to say that it begins, and until ctx ends to be done. silent are those that are there
// and did not answer in time; without NATS these are all that were there when it went.
func (o *Orders) Give(ctx context.Context, what string, args any) (answers []Answer, silent []Silent, err error) {
	text, err := json.Marshal(args)
	if err == nil {
		text, err = json.Marshal(Order{o.conn.identity.ID, what, text})
	}
	if err != nil || len(text) > mostOrder {
		return nil, nil, core.NewError(core.TooLarge, "this is too much for an order to other bridges")
	}
	expected := o.others()
	replies := make(chan *nats.Msg, waitingOrders*mostMembers)
	inbox := o.conn.nats.NewInbox()
	heard, err := o.conn.nats.ChanSubscribe(inbox, replies)
	if err != nil {
		return nil, expected.silent(), nil
	}
	defer heard.Unsubscribe()
	if o.conn.nats.PublishRequest(o.conn.subject("orders"), inbox, text) != nil {
		return nil, expected.silent(), nil
	}
	return expected.gather(ctx, replies)
}

// others are the bridges that are expected to answer.
func (o *Orders) others() expected {
	all := expected{}
	for _, m := range o.presence.Members() {
		if m.ID != o.conn.identity.ID {
			all[m.ID] = &Silent{Bridge: m.ID, Host: m.Host}
		}
	}
	return all
}

// expected are those who have yet to answer, by ID.
type expected map[string]*Silent

func (e expected) silent() (all []Silent) {
	for _, s := range e {
		all = append(all, *s)
	}
	return all
}

// quiet is how long a bridge that nobody knows of yet has to say that it is there.
const quiet = 250 * time.Millisecond

// gather waits for answers. A bridge of which nobody knew yet may answer, too.
func (e expected) gather(ctx context.Context, replies <-chan *nats.Msg) (answers []Answer, silent []Silent, err error) {
	newcomers, begun := time.After(quiet), time.After(Deadline)
	answered := map[string]bool{}
	for (newcomers != nil || len(e) > 0) && (begun != nil || e.anyBegun()) {
		select {
		case m := <-replies:
			a, err := readAnswer(m.Data)
			switch {
			case err != nil || answered[a.Bridge] || len(answered) >= mostMembers: // somebody who is no bridge has said that
			case a.Begun:
				e.begins(a)
			default:
				delete(e, a.Bridge)
				answered[a.Bridge] = true
				answers = append(answers, a)
			}
		case <-newcomers:
			newcomers = nil
		case <-begun:
			begun = nil
		case <-ctx.Done():
			return answers, e.silent(), nil
		}
	}
	return answers, e.silent(), nil
}

// begins notes that a bridge has begun.
func (e expected) begins(a Answer) {
	if e[a.Bridge] == nil && len(e) < mostMembers {
		e[a.Bridge] = &Silent{Bridge: a.Bridge, Host: a.Host}
	}
	if s := e[a.Bridge]; s != nil {
		s.Begun = true
	}
}

// anyBegun tells whether somebody is at it.
func (e expected) anyBegun() bool {
	for _, s := range e {
		if s.Begun {
			return true
		}
	}
	return false
}
