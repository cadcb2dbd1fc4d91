//go:build long && linux

package main

import (
	"fmt"
	"testing"
)

// TestWhatThePageTries does to the cluster what the program says that one may try. Clients, of which each bridge has one, lose nothing untold,
// get nothing twice, and each of their questions is answered. Of gaps they are told only where a NATS node was killed: until the others
// have agreed on who leads, more may come than the bridges keep.
func TestWhatThePageTries(t *testing.T) {
	r := start(t)
	var clients []*visitor
	for machine := 1; machine <= count; machine++ {
		clients = append(clients, visit(t, r, machine))
	}
	mustGoOn(t, clients, "the beginning")
	try := func(how, part, ready string) {
		t.Helper()
		r.do(how + " " + part)
		if part != "proxy" { // without it nobody can go on
			mustGoOn(t, clients, how+" "+part)
		}
		if how == "stop" {
			r.do("continue " + part)
		} else {
			r.restart(part, ready)
		}
		mustGoOn(t, clients, "that was taken back")
	}
	try("kill", "proxy", r.page())
	for _, v := range clients {
		if resets := v.resets.Load(); resets > 0 {
			t.Errorf("%s has a new session, and its bridge was there all the time", v.name)
		}
	}
	for machine := 1; machine <= count; machine++ {
		bridge, ready := fmt.Sprintf("bridge %d", machine), "http://"+r.at(machine, bridgePort)+"/readyz"
		for _, how := range []string{"kill", "drain", "stop"} {
			try(how, bridge, ready)
		}
	}
	for _, v := range clients {
		if gaps := v.gaps.Load(); gaps > 0 {
			t.Errorf("%s was told of %d gaps, and NATS was there all the time", v.name, gaps)
		}
	}
	for machine := 1; machine <= count; machine++ {
		try("kill", fmt.Sprintf("nats %d", machine), "http://"+r.at(machine, natsMonitorPort)+"/healthz")
	}
}
