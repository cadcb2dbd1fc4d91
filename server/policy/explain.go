package policy

import (
	"fmt"
	"io"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
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
