package policy

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
)

// entry is one of a file that allows something: a name, or raw addresses.
type entry struct {
	Rule // whose types, addresses, flow and history hold. Names of sockets do not: identity is

	path       string // in the file, as in "endpoints.prices"
	allow      condition.Condition
	topics     []condition.Template // what subscriptions begin with
	anyTopic   bool
	publish    []condition.Template // what published messages begin with
	anyPublish bool
	identity   []pattern // nil: any
	sendRate   float64
}

// endpoint is an entry that has a name.
type endpoint struct {
	entry
	name      string
	addresses []core.Endpoint
	terms     terms
	memory    int64 // for what is kept of it; 0: no limit
}

// allows tells whether the entry allows what is asked for. Each step of it is in the trace.
func (e *entry) allows(q *question, trace *Trace) bool {
	switch {
	case q.Endpoint.Name == "" && !e.Rule.fits(q.Access):
		return false // it is about something else
	case q.Endpoint.Name == "" && !e.Rule.admits(q.Access):
		trace.add(e.path, e.Rule.shut())
		return false
	case q.Endpoint.Name != "" && !slices.Contains(e.types, q.Type):
		trace.add(e.path, "a "+q.Type.String()+" is none of its types")
		return false
	case !e.bears(q):
		trace.add(e.path, "the name "+strconv.Quote(q.Identity)+" is none that this user may bear")
		return false
	case !e.defers(q) && !e.permits(q, trace):
		return false
	case q.Subscribe && !e.anyTopic && !begins(q.Prefix, e.topics, q.subject()):
		trace.add(e.path, "the prefix "+strconv.Quote(string(q.Prefix))+" begins with none of the topics of this user: "+list(e.topics, q.subject()))
		return false
	}
	trace.add(e.path, "allows it")
	return true
}

// defers tells whether the condition is asked later: it speaks of a topic or a function, and there will be one. Nobody gets
// anything before.
func (e *entry) defers(q *question) bool {
	if q.Subscribe {
		return false
	}
	subscribes := q.Type == core.SUB || q.Type == core.XSUB
	return subscribes && e.allow.SpeaksOf("topic") || callsOf(q.Type) && e.allow.SpeaksOf("function")
}

// permits asks the condition.
func (e *entry) permits(q *question, trace *Trace) bool {
	if e.allow.String() == "" {
		return true // without a look at the facts, which take a while to be gathered
	}
	holds, err := e.allow.Holds(q.facts())
	switch {
	case err != nil:
		trace.add(e.path, "the condition "+e.allow.String()+" cannot be answered, so it does not hold: "+err.Error())
	case !holds:
		trace.add(e.path, "the condition "+e.allow.String()+" does not hold")
	default:
		trace.add(e.path, "the condition "+e.allow.String()+" holds")
	}
	return holds && err == nil
}

// bears tells whether the user may have the name that the socket wants.
func (e *entry) bears(q *question) bool {
	if e.identity == nil {
		return true
	}
	return slices.ContainsFunc(e.identity, func(p pattern) bool { return p.fits(q.Identity, q.subject()) })
}

// begins tells whether b begins with what one of the templates stands for.
func begins(b []byte, templates []condition.Template, who condition.Subject) bool {
	for _, t := range templates {
		for _, text := range t.Texts(who) {
			if bytes.HasPrefix(b, []byte(text)) {
				return true
			}
		}
	}
	return false
}

// list is what the templates stand for, for people.
func list(templates []condition.Template, who condition.Subject) string {
	var texts []string
	for _, t := range templates {
		for _, text := range t.Texts(who) {
			texts = append(texts, strconv.Quote(text))
		}
	}
	if len(texts) == 0 {
		return "there is none"
	}
	return strings.Join(texts, ", ")
}
