package config

import (
	"reflect"
	"strconv"
)

// Check says what does not go together, and what is missing; for a File that was not read also what is out of bounds. [Read]
// has done so. The error is a Mistakes.
func (f *File) Check() error {
	c := &checker{file: f, whole: f.WithDefaults()}
	if f.reading == nil {
		c.values("", reflect.ValueOf(f).Elem(), "")
	}
	c.web()
	c.users()
	for name, endpoint := range f.Names {
		c.endpoint("endpoints."+name, name, endpoint)
	}
	for i, address := range f.Rules {
		c.address(at("addresses", i), address)
	}
	c.limits()
	return c.found.sorted().Err()
}

// checker looks for mistakes section by section: web.go, users.go, endpoints.go, limits.go.
type checker struct {
	file  *File
	whole *File // with defaults
	found Mistakes
}

// wrong reports a mistake, unless the reader has found one in the same value already, from which this one follows.
func (c *checker) wrong(path, text string) {
	if !c.file.isBroken(path) && len(c.found) < maxFound {
		c.found = append(c.found, c.file.MistakeAt(path, text))
	}
}

// twice reports entries of a list that stand in it twice.
func (c *checker) twice(path string, list Strings) {
	seen := make(map[string]bool, len(list))
	for i, entry := range list {
		if seen[entry] {
			c.wrong(at(path, i), strconv.Quote(clip(entry))+" is said twice")
		}
		seen[entry] = true
	}
}

// each calls check for each entry of a list. It returns what is wrong with the entry, or "".
func (c *checker) each(path string, list Strings, check func(entry string) (why string)) {
	for i, entry := range list {
		if why := check(entry); why != "" {
			c.wrong(at(path, i), why)
		}
	}
}

// values checks what the reader checks: bounds, and words that are none of those that may stand there.
func (c *checker) values(path string, v reflect.Value, tag reflect.StructTag) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				c.values(join(path, field.Tag.Get("yaml")), v.Field(i), field.Tag)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			c.values(path, v.Elem(), tag)
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.values(at(path, i), v.Index(i), tag)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			c.values(join(path, key.String()), v.MapIndex(key), "")
		}
	case reflect.String:
		if why := notOneOf(v.String(), last(path), tag); why != "" && v.String() != "" {
			c.wrong(path, why)
		}
	case reflect.Int, reflect.Int64:
		if why := outOfBounds(v, last(path), tag); why != "" && !v.IsZero() {
			c.wrong(path, why)
		}
	}
}
