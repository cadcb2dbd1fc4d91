package config

import (
	"encoding"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Print writes a File as YAML: every value that it has, and behind it in a comment where that was said. What is there is read
// again as the same. Passwords in URLs are left out.
//
// Of a File that was read, WithDefaults prints what is effective.
func (f *File) Print(w io.Writer) error { return f.print(w, true) }

func (f *File) print(w io.Writer, masked bool) error {
	p := printer{file: f, masked: masked}
	root := p.mapping("", reflect.ValueOf(f).Elem())
	text, err := yaml.Dump(root, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

type printer struct {
	file   *File
	masked bool
}

// node is the value at a path; nil if nothing was said, which is not printed.
func (p *printer) node(path string, v reflect.Value) *yaml.Node {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		if v.Type() == callerType && v.Elem().IsZero() {
			return p.scalar(path, "!!bool", "true")
		}
		return p.some(path, v.Elem())
	}
	if v.IsZero() {
		return nil
	}
	return p.some(path, v)
}

// some is a value that is to be printed, whatever it is.
func (p *printer) some(path string, v reflect.Value) *yaml.Node {
	if marshaler, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := marshaler.MarshalText()
		if err != nil {
			return nil // none of the types of this package fails
		}
		return p.scalar(path, "!!str", string(text))
	}
	switch v.Kind() {
	case reflect.Struct:
		return p.mapping(path, v)
	case reflect.Map:
		return p.names(path, v)
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			list.Content = append(list.Content, p.some(at(path, i), v.Index(i)))
		}
		return list
	case reflect.Bool:
		return p.scalar(path, "!!bool", strconv.FormatBool(v.Bool()))
	case reflect.Int:
		return p.scalar(path, "!!int", strconv.FormatInt(v.Int(), 10))
	}
	text := v.String()
	if p.masked {
		text = masked(text)
	}
	return p.scalar(path, "!!str", text)
}

func (p *printer) scalar(path, tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text, LineComment: p.origin(path)}
}

func (p *printer) mapping(path string, v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if name == "" {
			continue
		}
		key := join(path, name)
		value := p.node(key, v.Field(i))
		if value == nil && v.Field(i).Kind() == reflect.Int && p.file.Said(key) { // a zero that was meant
			value = p.some(key, v.Field(i))
		}
		if value == nil || value.Kind == yaml.MappingNode && len(value.Content) == 0 && v.Field(i).Kind() == reflect.Struct {
			continue
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func (p *printer) names(path string, v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	names := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		names = append(names, key.String())
	}
	slices.Sort(names)
	for _, name := range names {
		entry := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, p.mapping(join(path, name), entry))
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

// origin is the comment behind a value: where it was said.
func (p *printer) origin(path string) string {
	if p.file.reading == nil {
		return ""
	}
	if p.file.Said(path) {
		place := p.file.Place(path)
		comment := "# " + strings.ReplaceAll(strconv.Quote(place.File), `"`, "")
		if place.Line == 0 {
			return comment
		}
		return comment + ":" + strconv.Itoa(place.Line)
	}
	if list, number, found := cutLast(path); found && p.file.Said(list) && number[0] <= '9' {
		return p.origin(list) // one value where a list could be
	}
	return "# default"
}

// masked is a text without the password of a URL.
func masked(text string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.User != nil {
		return u.Redacted()
	}
	return text
}
