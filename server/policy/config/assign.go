package config

import (
	"encoding"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

var (
	stringsType = reflect.TypeFor[Strings]()
	callerType  = reflect.TypeFor[*Caller]()
)

// scalar reads a single value. Texts that YAML takes for something else have to be quoted, so that nobody is surprised.
func (r *reader) scalar(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	name := last(path)
	if v.Kind() == reflect.String || v.Kind() == reflect.Slice {
		if kinds := map[string]string{"!!int": "a number", "!!float": "a number", "!!bool": "true or false", "!!timestamp": "a date"}; kinds[n.Tag] != "" {
			r.wrong(n, path, name+" is a text, and YAML reads this as "+kinds[n.Tag]+": write it in quotes")
			return
		}
	}
	if why := assign(v, n.Value, name, tag, r.folder); why != "" {
		r.wrong(n, path, why)
	}
}

// set does what is said elsewhere than in the file.
func (r *reader) set(s Setting) {
	place := spot{Place: Place{File: s.From}}
	wrong := func(text string) {
		r.file.reading.mistake(place.Place, text)
		r.file.reading.broke(s.Path)
	}
	v, tag := reflect.ValueOf(r.file).Elem(), reflect.StructTag("")
	for name := range strings.SplitSeq(s.Path, ".") {
		field, known := reflect.StructField{}, false
		if v.Kind() == reflect.Struct {
			field, known = fieldOf(v.Type(), name)
		}
		if !known {
			wrong("there is no value " + s.Path)
			return
		}
		v, tag = v.FieldByIndex(field.Index), field.Tag
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
	}
	path := s.Path
	if v.Kind() == reflect.Slice {
		path = at(path, v.Len())
	}
	if why := assign(v, s.Text, last(s.Path), tag, "."); why != "" {
		wrong(why)
		return
	}
	r.file.reading.places[path] = place
	if _, said := r.file.reading.places[s.Path]; !said {
		r.file.reading.places[s.Path] = place
	}
}

// assign gives a field the value that a text says, or adds it if the field is a list. It returns what is wrong.
func assign(v reflect.Value, text, name string, tag reflect.StructTag, folder string) (why string) {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		read := reflect.New(v.Type())
		if err := read.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return name + ": " + err.Error()
		}
		if why := outOfBounds(read.Elem(), name, tag); why != "" {
			return why
		}
		v.Set(read.Elem())
		return ""
	}
	switch v.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return name + " is true or false, not " + strconv.Quote(clip(text))
		}
		v.SetBool(text == "true")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return name + " is a whole number, not " + strconv.Quote(clip(text))
		}
		if why := outOfBounds(reflect.ValueOf(n), name, tag); why != "" {
			return why
		}
		v.SetInt(int64(n))
	default:
		return assignText(v, text, name, tag, folder)
	}
	return ""
}

func assignText(v reflect.Value, text, name string, tag reflect.StructTag, folder string) (why string) {
	if text == "" && name != "prefixes" {
		return name + " is empty: give it a value, or leave it out"
	}
	if !utf8.ValidString(text) {
		return name + " is no text in UTF-8"
	}
	if why := notOneOf(text, name, tag); why != "" {
		return why
	}
	if text, why = absolute(text, tag.Get("is"), folder); why != "" {
		return name + ": " + why
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.Append(v, reflect.ValueOf(text)))
		return ""
	}
	v.SetString(text)
	return ""
}

// absolute is the path of a file as seen from anywhere.
func absolute(text, kind, folder string) (path, why string) {
	prefix := ""
	switch kind {
	case "file", "output":
	case "listener":
		var isUnix bool
		if text, isUnix = strings.CutPrefix(text, unixPrefix); !isUnix {
			return text, ""
		}
		prefix = unixPrefix
		if text == "" {
			return "", "a socket of Unix has a path, as in unix:/run/zwb.sock"
		}
	default:
		return text, ""
	}
	if strings.ContainsRune(text, 0) {
		return "", "no path has a zero byte in it"
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(folder, text)
	}
	path, err := filepath.Abs(text)
	if err != nil {
		return "", err.Error()
	}
	return prefix + path, ""
}

// outOfBounds says by how much a number is too small or too large.
func outOfBounds(v reflect.Value, name string, tag reflect.StructTag) string {
	least, hasLeast := bound(v.Type(), tag, "least")
	most, hasMost := bound(v.Type(), tag, "most")
	switch {
	case hasLeast && v.Int() < least.Int():
		return name + " must be at least " + tag.Get("least")
	case hasMost && v.Int() > most.Int():
		return name + " must be at most " + tag.Get("most")
	}
	return ""
}

// bound is a bound that a tag names, as a value of the type.
func bound(t reflect.Type, tag reflect.StructTag, name string) (v reflect.Value, ok bool) {
	text, ok := tag.Lookup(name)
	if !ok {
		return v, false
	}
	v = reflect.New(t).Elem()
	return v, assign(v, text, name, "", "") == ""
}

func notOneOf(text, name string, tag reflect.StructTag) string {
	words, ok := tag.Lookup("one")
	if !ok {
		return ""
	}
	all, name := strings.Fields(words), strings.TrimPrefix(name, entryOf)
	for _, word := range all {
		if text == word {
			return ""
		}
	}
	if near := Nearest(text, all); near != "" {
		return "unknown " + name + " " + strconv.Quote(clip(text)) + "; did you mean " + near + "?"
	}
	return "unknown " + name + " " + strconv.Quote(clip(text)) + "; it is one of " + strings.Join(all, ", ")
}

// expected says what kind of value a field has.
func expected(v reflect.Value) string {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return "one value"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a number"
	case reflect.Slice:
		return "a text or a list of texts"
	}
	return "a text"
}
