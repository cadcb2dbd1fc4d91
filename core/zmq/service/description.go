package service

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// describe is the name of the function that every service has: it tells what the others are.
const describe = "rpc.describe"

// Description is what a server tells of itself (PROTOCOL.md, section 14).
type Description struct {
	Functions []Function `json:"functions"`
}

// Function is what a server tells of a function. Only the name is always there.
type Function struct {
	Name      string      `json:"name"`
	Doc       string      `json:"doc,omitempty"`
	Signature string      `json:"signature,omitempty"` // in the language of the server
	Params    []Parameter `json:"params,omitempty"`
	Stream    bool        `json:"stream,omitempty"` // it is called as a stream
}

// Parameter is what a server tells of a parameter.
type Parameter struct {
	Name     string `json:"name,omitempty"` // Go does not know the names of positional ones
	Type     string `json:"type,omitempty"` // in the words of the server's language, or of JSON
	Optional bool   `json:"optional,omitempty"`
	Keyword  bool   `json:"keyword,omitempty"` // it is one of the keyword arguments
	Rest     bool   `json:"rest,omitempty"`    // it stands for any number of arguments
}

// document notes what is told about methods.
func (s *Service) document(docs map[string]string) error {
	for name, doc := range docs {
		m := s.methods[name]
		if m == nil {
			return core.NewError(core.Invalid, "RPC: there is no method "+name+" to document")
		}
		m.doc = doc
	}
	return nil
}

// Description tells what may be called, by names in snake_case, in their order.
func (s *Service) Description() Description {
	d := Description{Functions: []Function{}}
	for _, name := range slices.Sorted(maps.Keys(s.methods)) {
		if m := s.methods[name]; m.authorized && name == rpc.SnakeCase(name) {
			d.Functions = append(d.Functions, m.describe(name))
		}
	}
	return d
}

func (m *method) describe(name string) Function {
	f := Function{Name: name, Doc: m.doc, Stream: m.streams}
	for i, t := range m.positional {
		f.Params = append(f.Params, Parameter{Type: jsonType(t), Rest: m.variadic && i == len(m.positional)-1})
	}
	f.Params = append(f.Params, keywords(m.kwargs)...)
	f.Signature = name + "(" + signature(f.Params) + ")" + m.result()
	return f
}

// keywords are the keyword arguments of a method that takes a pointer to a struct, or any, for Kwargs.
func keywords(t reflect.Type) (params []Parameter) {
	switch {
	case t == nil:
		return nil
	case t == kwargsType:
		return []Parameter{{Keyword: true, Rest: true}}
	}
	for _, field := range reflect.VisibleFields(t.Elem()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || field.Anonymous || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		params = append(params, Parameter{Name: name, Type: jsonType(field.Type), Optional: true, Keyword: true})
	}
	return params
}

func signature(params []Parameter) string {
	words := make([]string, len(params))
	for i, p := range params {
		switch {
		case p.Keyword && p.Rest:
			words[i] = "**"
		case p.Keyword:
			words[i] = strings.TrimRight(p.Name+": "+p.Type, ": ") + " = …"
		case p.Rest:
			words[i] = "*" + p.Type
		default:
			words[i] = p.Type
		}
		if words[i] == "" {
			words[i] = "any"
		}
	}
	return strings.Join(words, ", ")
}

// result is what the signature says of what a method returns.
func (m *method) result() string {
	t := m.fn.Type()
	if t.NumOut() == 0 || t.Out(0) == errorType {
		return ""
	}
	out, arrow := t.Out(0), " -> "
	if m.streams {
		out, arrow = out.In(0).In(0), " -> stream of "
	}
	if word := jsonType(out); word != "" {
		return arrow + word
	}
	return arrow + "any"
}

// jsonType names the JSON type of a Go type; "" for one that may be any.
func jsonType(t reflect.Type) string {
	switch word := strings.TrimPrefix(strings.TrimPrefix(expected(t), "a "), "an "); word {
	case "another value":
		return ""
	case "integer in range":
		return "integer"
	default:
		return word
	}
}
