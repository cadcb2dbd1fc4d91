package typescript

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// name is what an interface may be called. A capital letter keeps it apart from the words and types that the language has.
var name = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`)

// IsName tells whether an interface may be called that.
func IsName(text string) bool { return name.MatchString(text) }

const head = "// Written by zwb types, which writes it anew: the endpoints that a bridge has names for, as far as a user may reach them.\n"

// Interface is the text of an interface for zmq.Context, in the order of the names.
func Interface(name string, list []access.Reachable) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sexport interface %s {\n", head, name)
	for _, e := range tidy(list) {
		fmt.Fprintf(&b, "  %s: {\n    types: %s;\n", key(e.Name), oneOf(e.Types))
		if len(e.Topics) > 0 {
			fmt.Fprintf(&b, "    topics: %s;\n", oneOf(e.Topics))
		}
		if len(e.Functions) > 0 {
			b.WriteString("    functions: {\n")
			for _, function := range e.Functions {
				fmt.Fprintf(&b, "      %s(...args: unknown[]): unknown;\n", key(function))
			}
			b.WriteString("    };\n")
		}
		b.WriteString("  };\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// tidy has each endpoint, topic and function once, and only types of sockets that the client has.
func tidy(list []access.Reachable) (tidied []access.Reachable) {
	seen := map[string]bool{}
	for _, e := range list {
		e.Types = once(e.Types)
		e.Types = slices.DeleteFunc(e.Types, func(text string) bool {
			_, err := core.ParseSocketType(text)
			return err != nil
		})
		if len(e.Types) == 0 || seen[e.Name] {
			continue
		}
		seen[e.Name] = true
		e.Topics, e.Functions = once(e.Topics), once(e.Functions)
		tidied = append(tidied, e)
	}
	slices.SortFunc(tidied, func(a, b access.Reachable) int { return strings.Compare(a.Name, b.Name) })
	return tidied
}

// once is the list without what is repeated.
func once(list []string) (without []string) {
	seen := map[string]bool{}
	for _, text := range list {
		if !seen[text] {
			seen[text] = true
			without = append(without, text)
		}
	}
	return without
}
