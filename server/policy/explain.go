package policy

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Explain tells whether an access is allowed, and how that comes about.
func (p *Policy) Explain(a access.Access) (allowed bool, t Trace) {
	return p.find(a, &t) != nil, t
}

// ExplainSending is Explain about what is sent: a call of a function by a REQ or DEALER, or a message with a topic by a PUB or XPUB.
// Sends tells for which types there is something to be asked.
func (p *Policy) ExplainSending(a access.Access, what string) (allowed bool, t Trace) {
	e := p.find(a, &t)
	if e == nil {
		return false, t
	}
	j := &judge{entry: e, question: newQuestion(a)}
	if named := p.named[a.Endpoint.Name]; named != nil {
		j.terms = named.terms
	}
	switch {
	case j.publishes() && !e.anyPublish && !begins([]byte(what), e.publish, j.question.subject()):
		t.add(e.path, "the topic "+strconv.Quote(what)+" begins with none that this user may publish: "+list(e.publish, j.question.subject()))
		return false, t
	case j.publishes():
		t.add(e.path, "allows the topic "+strconv.Quote(what))
	case !j.calls():
		t.add(e.path, "takes whatever is sent, functions are not looked at")
	case j.terms.functions != nil && !slices.Contains(j.terms.functions, what):
		t.add(e.path, "the function "+strconv.Quote(what)+" is none of "+strings.Join(j.terms.functions, ", "))
		return false, t
	case e.allow.SpeaksOf("function") && !e.permits(j.question.calling(what), &t):
		return false, t
	default:
		t.add(e.path, "allows the function "+strconv.Quote(what))
	}
	return true, t
}

// Sends tells whether ExplainSending has something to say about a type of socket.
func Sends(t core.SocketType) bool { return callsOf(t) || t == core.PUB || t == core.XPUB }

// Print writes the steps, one a line.
func (t Trace) Print(w io.Writer) {
	for _, s := range t.Steps {
		if s.Entry == "" {
			fmt.Fprintf(w, "  %s\n", s.Text)
			continue
		}
		fmt.Fprintf(w, "  %s: %s\n", s.Entry, s.Text)
	}
}

// somebody is a user of whom there is nothing but what is said.
type somebody condition.Subject

// Subject makes it Known.
func (s somebody) Subject() condition.Subject { return condition.Subject(s) }

// Somebody is a user to explain decisions about, as if Config.Authenticate of package server had returned it.
func Somebody(user string, claims map[string]any) Known {
	return somebody{User: user, Claims: claims}
}

// unknown says that there is no endpoint of a name, and to whom wants to know which one may be meant.
func (p *Policy) unknown(name string, t *Trace) string {
	text := "there is no endpoint of this name"
	if t == nil {
		return text
	}
	if near := config.Nearest(name, slices.Sorted(maps.Keys(p.named))); near != "" {
		text += "; did you mean " + strconv.Quote(near) + "?"
	}
	return text
}
