package settings

import (
	"fmt"
	"io"
)

// Print writes what is in force as YAML, with where each value was said. The rules of --allow, which a file has no place for,
// are comments.
func (s *Settings) Print(w io.Writer) error {
	for _, rule := range s.Allowed {
		if _, err := fmt.Fprintf(w, "# --allow '%s'\n", rule); err != nil {
			return err
		}
	}
	if s.Demo {
		if _, err := fmt.Fprintf(w, "# --demo --demo-port %d\n", int(s.DemoAt)); err != nil {
			return err
		}
	}
	return s.File.Print(w)
}
