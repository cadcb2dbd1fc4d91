package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// reader walks through the tree of a file and the types beside it.
type reader struct {
	file   *File
	lines  [][]byte
	line   []rune              // the line that was looked at last
	number int                 // of that line; 0: none
	folder string              // of the file
	nodes  int                 // how many were visited
	within map[*yaml.Node]bool // anchors that are being read, to notice one that is within itself
}

func (r *reader) wrongAt(line, column int, text string) {
	r.file.reading.mistake(Place{r.file.reading.name, line, column}, text)
}

func (r *reader) wrong(n *yaml.Node, path, text string) {
	r.wrongAt(n.Line, n.Column, text)
	r.file.reading.broke(path)
}

// top reads the whole document.
func (r *reader) top(n *yaml.Node) {
	n, done := r.follow(n, "")
	defer done()
	if n != nil {
		r.mapping(n, "", reflect.ValueOf(r.file).Elem())
	}
}

// follow is the node that a node stands for, which is another one for an alias; nil if it must not be read. done has to be
// called when it was read.
func (r *reader) follow(n *yaml.Node, path string) (target *yaml.Node, done func()) {
	done = func() {}
	r.nodes++
	if r.nodes > maxNodes {
		if r.nodes == maxNodes+1 {
			r.wrong(n, path, fmt.Sprintf("there are more than %d values, with those that aliases repeat", maxNodes))
		}
		return nil, done
	}
	if n.Kind == yaml.AliasNode {
		target = n.Alias
	} else if target = n; n.Anchor == "" {
		return n, done
	}
	if r.within[target] {
		r.wrong(n, path, "*"+n.Value+" is within itself")
		return nil, done
	}
	r.within[target] = true
	return target, func() { delete(r.within, target) }
}

// value reads a node into a field. The tag is that of the field, or of what the value is an entry of.
func (r *reader) value(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	n, done := r.follow(n, path)
	defer done()
	if n == nil {
		return
	}
	r.remember(n, path)
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(n, path, "tags such as "+n.Tag+" are not read here")
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		r.wrong(n, path, last(path)+" has no value: give it one, or leave it out")
	case v.Type() == callerType:
		r.caller(n, path, v)
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		r.known(n, path, fresh.Elem(), tag)
		if !r.file.isBroken(path) || fresh.Elem().Kind() == reflect.Struct {
			v.Set(fresh)
		}
	default:
		r.known(n, path, v, tag)
	}
}

// known reads a node that is neither nothing nor an alias.
func (r *reader) known(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	switch {
	case v.Kind() == reflect.Struct:
		r.mapping(n, path, v)
	case v.Kind() == reflect.Map:
		r.names(n, path, v)
	case v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		r.list(n, path, v, tag)
	case v.Kind() == reflect.Slice && v.Type() != stringsType:
		r.wrong(n, path, last(path)+" is a list: begin each entry with -")
	case n.Kind == yaml.MappingNode:
		r.wrong(n, path, last(path)+" is "+expected(v)+", not a mapping")
	case n.Kind == yaml.SequenceNode:
		r.wrong(n, path, last(path)+" is "+expected(v)+", not a list")
	default:
		r.scalar(n, path, v, tag)
	}
}

// mapping reads a struct.
func (r *reader) mapping(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		what := last(path) + " is"
		if path == "" {
			what = "a file is"
		}
		r.wrong(n, path, what+" a mapping with keys such as "+strings.Join(firstThree(keys(v.Type())), ", "))
		return
	}
	for key, value := range r.pairs(n, path) {
		if len(r.file.reading.mistakes) >= maxFound {
			return
		}
		field, known := fieldOf(v.Type(), key.Value)
		if !known {
			r.wrong(key, join(path, key.Value), r.unknown(v.Type(), path, key.Value))
			continue
		}
		r.value(value, join(path, key.Value), v.FieldByIndex(field.Index), field.Tag)
	}
}

// names reads Endpoints.
func (r *reader) names(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, path, last(path)+" is a mapping from names to what is behind them")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for key, value := range r.pairs(n, path) {
		if why := badName(key.Value); why != "" {
			r.wrong(key, join(path, key.Value), why)
			continue
		}
		entry := reflect.New(v.Type().Elem()).Elem()
		r.value(value, join(path, key.Value), entry, "")
		v.SetMapIndex(reflect.ValueOf(key.Value), entry)
	}
}

// pairs are the keys of a mapping with their values, but for those keys that are wrong in any mapping.
func (r *reader) pairs(n *yaml.Node, path string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			line, twice := seen[key.Value]
			switch {
			case key.Tag == "!!merge":
				r.wrong(key, path, "mappings are not merged here; write the keys out, or give the whole value an &anchor")
			case key.Kind != yaml.ScalarNode || key.Tag == "!!null" || key.Style&yaml.TaggedStyle != 0:
				r.wrong(key, path, "a key is a word")
			case twice:
				r.wrong(key, join(path, key.Value), fmt.Sprintf("%s is said twice; it stands in line %d, too", strconv.Quote(clip(key.Value)), line))
			default:
				seen[key.Value] = key.Line
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// list reads a list, of texts or of structs.
func (r *reader) list(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if len(n.Content) == 0 {
		r.wrong(n, path, last(path)+" is an empty list: give it an entry, or leave it out")
		return
	}
	for i, entry := range n.Content {
		read := reflect.New(v.Type().Elem()).Elem()
		r.value(entry, at(path, i), read, tag)
		v.Set(reflect.Append(v, read))
	}
}

// caller reads true or a mapping.
func (r *reader) caller(n *yaml.Node, path string, v reflect.Value) {
	switch {
	case n.Kind == yaml.MappingNode:
		read := &Caller{}
		r.mapping(n, path, reflect.ValueOf(read).Elem())
		v.Set(reflect.ValueOf(read))
	case n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && n.Value == "true":
		v.Set(reflect.ValueOf(&Caller{}))
	case n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && n.Value == "false":
	default:
		r.wrong(n, path, "caller is true, or a mapping as in {key_file: caller.key}")
	}
}

// remember notes where a value stands.
func (r *reader) remember(n *yaml.Node, path string) {
	s := spot{Place: Place{r.file.reading.name, n.Line, n.Column}}
	if n.Kind == yaml.ScalarNode && n.Anchor == "" && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		column := n.Column
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			column++
		}
		if r.stands(n.Line, column, n.Value) {
			s.text = column
		}
	}
	r.file.reading.places[path] = s
}
