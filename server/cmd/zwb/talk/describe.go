package talk

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// describe prints what a server tells of its functions.
func (s *session) describe(d zmq.Description) error {
	if s.out.Lines {
		for _, f := range d.Functions {
			if err := s.out.Object(f); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(s.out.W, 0, 0, 3, ' ', 0)
	for _, f := range d.Functions {
		doc, _, _ := strings.Cut(strings.TrimSpace(f.Doc), "\n")
		kind := ""
		if f.Stream {
			kind = "stream"
		}
		signature := f.Signature
		if signature == "" {
			signature = f.Name
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.out.Line(signature), kind, s.out.Line(doc))
	}
	return w.Flush()
}
