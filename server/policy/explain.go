package policy

import (
	"fmt"
	"io"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
)

// Explain tells whether an access is allowed, and how that comes about.
func (p *Policy) Explain(a access.Access) (allowed bool, t Trace) {
	return p.find(a, &t) != nil, t
}

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
