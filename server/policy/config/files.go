package config

import (
	"reflect"
	"slices"
)

// Files are the files that the bridge reads: the File itself, if it was read from one, and those that it names.
func (f *File) Files() []string {
	names := f.Named()
	if f.reading != nil && f.reading.name != "" {
		names = append(names, f.reading.name)
	}
	return names
}

// Named are the files that its values name, in order, each once, but for those that the bridge writes.
func (f *File) Named() []string {
	var names []string
	named(reflect.ValueOf(f).Elem(), func(name string) { names = append(names, name) })
	slices.Sort(names)
	return slices.Compact(names)
}

// named calls found with every file that a value names.
func named(v reflect.Value, found func(name string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			named(v.Elem(), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			named(v.Index(i), found)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			named(v.MapIndex(key), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case !field.IsExported():
			case field.Tag.Get("is") == "file" && v.Field(i).String() != "":
				found(v.Field(i).String())
			default:
				named(v.Field(i), found)
			}
		}
	}
}
