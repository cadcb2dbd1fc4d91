package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// What bridges of a cluster ask each other to do.
const (
	orderDisconnect = "disconnect" // args: ending, outcome: ended
	orderReload     = "reload"     // outcome: ReloadAnswer
)

// ending is which sessions are to end, those of a user or the one with an ID.
type ending struct {
	Session string `json:"session,omitempty"`
	User    string `json:"user,omitempty"`
	Reason  string `json:"reason"`
	Return  bool   `json:"return"` // the client may come back at once
}

// ended is how many there were.
type ended struct {
	Ended int `json:"ended"`
}

// What of these a bridge says to another one, at most.
const (
	mostName     = 1024 // bytes of a user or a session
	mostMistakes = 16
	mostListed   = 100 // names of what has changed
	mostLine     = 256 // bytes of any other text
)

// CarryOut does what another bridge of the cluster asks for, and notes it as done for that bridge. Whoever reaches NATS as a bridge does can ask for it.
// The error is core.Unsupported for what this bridge does not know, Invalid for what makes no sense.
func (c *Config) CarryOut(ctx context.Context, o cluster.Order) (outcome any, err error) {
	switch o.What {
	case orderDisconnect:
		e, err := readEnding(o.Args)
		if err != nil {
			return nil, err
		}
		done := ended{c.Bridge.Disconnect(server.SessionFilter{ID: e.Session, User: e.User}, e.Reason, e.Return)}
		c.note(o.Bridge, "disconnected "+what(server.SessionFilter{ID: e.Session, User: e.User})+": "+e.Reason)
		return done, nil
	case orderReload:
		c.note(o.Bridge, "reloaded")
		said := c.reloaded(ctx)
		said.shorten()
		return said, nil
	}
	return nil, core.NewError(core.Unsupported, "this bridge does not know how to "+o.What)
}

// note notes what was done for another bridge.
func (c *Config) note(bridge, what string) {
	if c.Log != nil {
		c.Log.Info("done for another bridge", "what", what, "bridge", bridge)
	}
	if c.Decided != nil {
		c.Decided(access.Decision{Time: time.Now(), What: access.Admin, Bridge: bridge, Allowed: true, Reason: what[:min(len(what), mostReason)]})
	}
}

// readEnding reads what another bridge has asked, or somebody who reaches NATS.
func readEnding(args []byte) (e ending, err error) {
	if err = readStrictly(args, &e); err != nil {
		return ending{}, err
	}
	if (e.Session == "") == (e.User == "") || len(e.Session)+len(e.User) > mostName {
		return ending{}, core.NewError(core.Invalid, "it is the sessions of a user that end, or one session")
	}
	e.Reason = line(e.Reason)
	return e, nil
}

// readEnded reads what another bridge says has come of it.
func readEnded(outcome []byte) (e ended, err error) {
	if err = readStrictly(outcome, &e); err == nil && e.Ended < 0 {
		err = core.NewError(core.Invalid, "this is no number of sessions")
	}
	return e, err
}

// readReloaded is readEnded of a reload.
func readReloaded(outcome []byte) (r ReloadAnswer, err error) {
	if err = readStrictly(outcome, &r); err != nil {
		return ReloadAnswer{}, err
	}
	r.shorten()
	return r, nil
}

// shorten makes it fit for terminals, and for an answer to another bridge.
func (r *ReloadAnswer) shorten() {
	for _, list := range []*[]string{&r.Changed, &r.Restart, &r.Moved} {
		lines := []string{}
		for _, text := range (*list)[:min(len(*list), mostListed)] {
			lines = append(lines, line(text))
		}
		*list = lines
	}
	mistakes := []Mistake{}
	for _, m := range r.Mistakes[:min(len(r.Mistakes), mostMistakes)] {
		mistakes = append(mistakes, Mistake{line(m.File), m.Line, m.Column, line(m.Text)})
	}
	r.Mistakes = mistakes
}

// line is a text of somebody else: short, and with nothing in it that acts.
func line(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), mostLine)], "?")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// readStrictly reads JSON that has no fields but those that there are.
func readStrictly(text []byte, into any) error {
	body := json.NewDecoder(bytes.NewReader(text))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		return core.NewError(core.Invalid, line(err.Error()))
	}
	return nil
}
