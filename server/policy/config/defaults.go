package config

import (
	"reflect"
)

// WithDefaults is a copy in which every value that was not said is what the field's comment calls its default. Nothing of the
// copy is changed with the original. Sections and entries that are not there stay away.
func (f *File) WithDefaults() *File {
	whole := reflect.New(reflect.TypeFor[File]())
	whole.Elem().Set(completed(reflect.ValueOf(f).Elem(), ""))
	return whole.Interface().(*File)
}

// completed is a copy of a value with defaults in it.
func completed(v reflect.Value, tag reflect.StructTag) reflect.Value {
	fresh := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		fresh.Set(v)
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				fresh.Field(i).Set(completed(v.Field(i), field.Tag))
			}
		}
	case reflect.Pointer:
		switch value, hasDefault := tag.Lookup("default"); {
		case !v.IsNil():
			fresh.Set(reflect.New(v.Type().Elem()))
			fresh.Elem().Set(completed(v.Elem(), ""))
		case hasDefault:
			fresh.Set(reflect.New(v.Type().Elem()))
			assign(fresh.Elem(), value, "", "", "")
		}
	case reflect.Slice:
		if v.Len() == 0 && tag.Get("default") != "" {
			assign(fresh, tag.Get("default"), "", "", "")
		} else if !v.IsNil() {
			fresh.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				fresh.Index(i).Set(completed(v.Index(i), ""))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			fresh.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for _, key := range v.MapKeys() {
				fresh.SetMapIndex(key, completed(v.MapIndex(key), ""))
			}
		}
	default:
		fresh.Set(v)
		if value, hasDefault := tag.Lookup("default"); hasDefault && v.IsZero() {
			assign(fresh, value, "", "", "")
		}
	}
	return fresh
}
