package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
)

// arguments decodes the arguments of a call into values of the types of the parameters.
func (m *method) arguments(ctx context.Context, name string, call rpc.Call) ([]reflect.Value, error) {
	var in []reflect.Value
	if m.takesContext {
		in = append(in, reflect.ValueOf(ctx))
	}
	args := slices.Collect(call.EachArg())
	if err := m.checkCount(name, len(args)); err != nil {
		return nil, err
	}
	for i, arg := range args {
		v, err := decode(m.positional[min(i, len(m.positional)-1)], arg)
		if err != nil {
			return nil, core.NewError(core.Invalid, fmt.Sprintf("argument %d of %s: %s", i+1, name, err))
		}
		in = append(in, v)
	}
	if m.kwargs == nil {
		if !emptyObject(call.Kwargs) {
			return nil, core.NewError(core.Invalid, name+" takes no keyword arguments")
		}
		return in, nil
	}
	v, err := decodeKwargs(m.kwargs, call.Kwargs)
	if err != nil {
		return nil, core.NewError(core.Invalid, fmt.Sprintf("keyword arguments of %s: %s", name, err))
	}
	return append(in, v), nil
}

func (m *method) checkCount(name string, got int) error {
	want, few := len(m.positional), ""
	if m.variadic {
		want, few = want-1, "at least "
	}
	if got == want || m.variadic && got > want {
		return nil
	}
	plural := "s"
	if want == 1 {
		plural = ""
	}
	return core.NewError(core.Invalid, fmt.Sprintf("%s takes %s%d argument%s, not %d", name, few, want, plural, got))
}

func emptyObject(b []byte) bool { return len(bytes.Trim(b, "{} \t\r\n")) == 0 }

// decode reads a JSON value into a new value of type t.
func decode(t reflect.Type, text []byte) (reflect.Value, error) {
	v := reflect.New(t)
	if string(text) == "null" && !nullable(t) { // encoding/json would silently leave the zero value
		return v, fmt.Errorf("null where %s is expected", expected(t))
	}
	if err := jsvalue.Unmarshal(text, v.Interface()); err != nil {
		return v, misfit(err)
	}
	return v.Elem(), nil
}

func nullable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return true
	}
	return reflect.PointerTo(t).Implements(unmarshalerType)
}

// decodeKwargs reads a JSON object, or nothing, into a new Kwargs or a pointer to a new struct.
func decodeKwargs(t reflect.Type, object []byte) (reflect.Value, error) {
	if t == kwargsType {
		kwargs := Kwargs{}
		if len(object) == 0 {
			return reflect.ValueOf(kwargs), nil
		}
		return reflect.ValueOf(&kwargs).Elem(), json.Unmarshal(object, &kwargs)
	}
	v := reflect.New(t.Elem())
	if len(object) == 0 {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Interface()); err != nil {
		return v, misfit(err)
	}
	return v, nil
}

// misfit says in words of JSON which argument does not fit, because the caller need not know Go.
func misfit(err error) error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		where := ""
		if mismatch.Field != "" {
			where = mismatch.Field + ": "
		}
		return fmt.Errorf("%s%s where %s is expected", where, mismatch.Value, expected(mismatch.Type))
	}
	if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return errors.New("there is no " + unknown)
	}
	if errors.Is(err, jsvalue.ErrUnwritten) {
		return err
	}
	return errors.New("malformed")
}

// expected names the JSON type that a Go type is decoded from.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer in range"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return expected(t.Elem())
	}
	return "another value"
}
