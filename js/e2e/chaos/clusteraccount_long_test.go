//go:build long && linux

package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
)

// account is what the books of a client say so far.
type account struct {
	streams         []record.Totals // in the order of kinds
	requests        record.Ledger
	again, doubled  int // requests that were processed twice: idempotent ones, and others
	resumed, resets int
}

// kinds are the streams that a client has in a cluster.
var kinds = []string{"SUB, durable", "SUB, plain", "PULL", "PUSH", dealer}

func (c *cluster) accounts() (all []account) {
	for _, g := range c.guests {
		a, err := c.account(g)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func (c *cluster) account(g *guest) (a account, err error) {
	for _, s := range g.ledger.received() {
		a.streams = append(a.streams, s.Totals())
	}
	arrived, err := g.workload.sink.Numbers()
	if err != nil {
		return a, err
	}
	a.streams = append(a.streams, g.ledger.pushed.SoFar(arrived).Totals(), g.ledger.heirs.Judge().Totals)
	a.requests = g.ledger.requests.SoFar()
	processed := map[uint64]int{}
	for _, service := range []*process.Backend{c.rep, c.router} {
		numbers, err := service.Numbers()
		if err != nil {
			return a, err
		}
		for _, n := range numbers {
			processed[n]++
		}
	}
	for n := g.ledger.requests.First; n < g.ledger.requests.First+a.requests.Asked; n++ {
		switch {
		case processed[n] < 2:
		case record.Idempotent(n):
			a.again++
		default:
			a.doubled++
		}
	}
	g.ledger.mu.Lock()
	defer g.ledger.mu.Unlock()
	a.resumed, a.resets = g.ledger.resumed, g.ledger.resets
	return a, nil
}

// since is what has come to an account since it was another one.
func (a account) since(before account) account {
	for i := range a.streams {
		a.streams[i] = a.streams[i].Since(before.streams[i])
	}
	a.requests = a.requests.Since(before.requests)
	a.again, a.doubled, a.resumed, a.resets = a.again-before.again, a.doubled-before.doubled, a.resumed-before.resumed, a.resets-before.resets
	return a
}
