package policy

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// terms are what a named endpoint asks of those who send to it.
type terms struct {
	functions []string // of remote calls; nil: it need not be a call
	maxBytes  int
	json      bool
	timeout   time.Duration
	caller    *signer // nil: the backend is not told who calls
}

func (l *loader) terms(at string, c config.Endpoint) (t terms) {
	t = terms{functions: c.Functions, maxBytes: int(c.Message.Max), json: c.Message.JSON}
	if c.Timeout != nil {
		t.timeout = time.Duration(*c.Timeout)
	}
	if c.Caller != nil {
		var err error
		t.caller, err = newSigner(c.Caller.KeyFile)
		l.wrong(at+".caller.key_file", err)
	}
	return t
}

// Terms is the hook Config.Terms of package server.
func (p *Policy) Terms(a access.Access) (access.Terms, error) {
	e := p.find(a, nil)
	if e == nil {
		return access.Terms{}, core.NewError(core.Denied, a.String()+" is not allowed here")
	}
	var t terms
	if named := p.named[a.Endpoint.Name]; named != nil {
		t = named.terms
	}
	j := &judge{entry: e, terms: t, question: newQuestion(a)}
	out := access.Terms{Timeout: t.timeout, Alone: t.caller != nil, Unique: e.identity != nil || e.names != nil}
	if a.Type != core.SUB && a.Type != core.XSUB && a.Type != core.REQ {
		out.Rate = e.sendRate
	}
	if named := p.named[a.Endpoint.Name]; named != nil {
		out.Memory = named.memory
	}
	if j.judges() {
		j.remember()
		out.Admit = j.admit
	}
	if a.Type == core.XSUB && !e.anyTopic {
		out.Hears = j.hears
	}
	if t.caller != nil {
		j.stamp = t.caller.stamp(a)
	}
	return out, nil
}

// judge judges what a client sends to an endpoint.
type judge struct {
	entry    *entry
	terms    terms
	question *question
	stamp    func(core.Message) core.Message // nil: the message goes on as it is
}

// remember keeps what conditions may ask about whoever opened the endpoint, for as long as that is open, and nothing else.
func (j *judge) remember() {
	f := j.question.facts()
	if !j.entry.allow.SpeaksOf("params") {
		f.Params = nil
	}
	j.question.HTTP, j.question.Params = nil, nil
}

// judges tells whether there is anything to judge.
func (j *judge) judges() bool {
	t := j.terms
	return t.functions != nil || t.maxBytes > 0 || t.json || t.caller != nil || j.publishes() && !j.entry.anyPublish || j.calls()
}

// hears tells whether a topic is one that could be subscribed to.
func (j *judge) hears(topic []byte) bool { return begins(topic, j.entry.topics, j.question.subject()) }

func (j *judge) publishes() bool {
	t := j.question.Type
	return t == core.PUB || t == core.XPUB || t == core.XSUB
}

func (j *judge) admit(ctx context.Context, m core.Message) (core.Message, error) {
	if most := j.terms.maxBytes; most > 0 && m.Size() > most {
		return nil, core.NewError(core.TooLarge, "a message has at most "+strconv.Itoa(most)+" bytes here")
	}
	if j.publishes() && !j.entry.anyPublish && !begins(m[0], j.entry.publish, j.question.subject()) {
		return nil, core.NewError(core.Denied, "this topic is not allowed here")
	}
	var err error
	switch {
	case j.calls():
		m, err = j.call(ctx, m)
	case j.terms.json:
		err = checkJSON(m)
	}
	if err == nil && j.stamp != nil {
		m = j.stamp(m)
	}
	return m, err
}

var (
	errOnePart = core.NewError(core.Invalid, "a message has exactly one part here")
	errJSON    = core.NewError(core.Invalid, "a message is JSON here, in UTF-8")
	errDeep    = core.NewError(core.Invalid, "JSON is nested at most 100 deep here")
)

// maxDepth is how deep JSON may be nested. Python's reader fails at some 1000, in a way that ends servers.
const maxDepth = 100

// checkJSON tells whether a message is one part of JSON that any reader can read.
func checkJSON(m core.Message) error {
	switch {
	case len(m) != 1:
		return errOnePart
	case depth(m[0]) > maxDepth:
		return errDeep
	case !utf8.Valid(m[0]) || !json.Valid(m[0]):
		return errJSON
	}
	return nil
}

// depth is how deep brackets are nested that are in no string.
func depth(b []byte) (deepest int) {
	now, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}
