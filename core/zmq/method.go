package zmq

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
)

// method is a bound method of a Go value that an RPC call can reach: its arguments can be decoded from JSON.
type method struct {
	fn         reflect.Value
	guard      reflect.Value // the method that is asked first, with the same parameters; the zero Value: there is none
	authorized bool

	takesContext bool
	positional   []reflect.Type // types of the positional parameters; the last one repeats if variadic is set
	variadic     bool
	kwargs       reflect.Type // Kwargs, a pointer to a struct, or nil: there are none
}

var (
	contextType     = reflect.TypeFor[context.Context]()
	errorType       = reflect.TypeFor[error]()
	kwargsType      = reflect.TypeFor[Kwargs]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// newMethod tells whether fn has a shape that can be called.
func newMethod(fn reflect.Value) (*method, bool) {
	t := fn.Type()
	m := &method{fn: fn, variadic: t.IsVariadic()}
	for i := range t.NumIn() {
		switch in := t.In(i); {
		case i == 0 && in == contextType:
			m.takesContext = true
		case i == t.NumIn()-1 && takesKwargs(in):
			m.kwargs = in
		case i == t.NumIn()-1 && m.variadic:
			m.positional = append(m.positional, in.Elem())
		default:
			m.positional = append(m.positional, in)
		}
	}
	for _, in := range m.positional {
		if !hasJSON(in) || in.Kind() == reflect.Interface && in.NumMethod() > 0 {
			return nil, false
		}
	}
	return m, returnsValue(t)
}

// takesKwargs tells whether a last parameter of this type is for keyword arguments. A pointer to a struct that decodes JSON
// in its own way, such as a time.Time, is for a positional argument.
func takesKwargs(t reflect.Type) bool {
	return t == kwargsType ||
		t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && !t.Implements(unmarshalerType)
}

// returnsValue tells whether the results of a method are a value and an error, only one of them, or nothing.
func returnsValue(t reflect.Type) bool {
	switch t.NumOut() {
	case 0:
		return true
	case 1:
		return hasJSON(t.Out(0))
	case 2:
		return hasJSON(t.Out(0)) && t.Out(0) != errorType && t.Out(1) == errorType
	}
	return false
}

// hasJSON is false for types that encoding/json refuses.
func hasJSON(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return false
	}
	return true
}

// setGuard makes guard, a bound method, the one that is asked first whether a call is allowed.
func (m *method) setGuard(guard reflect.Value) error {
	t, guarded := guard.Type(), m.fn.Type()
	same := t.NumIn() == guarded.NumIn() && t.IsVariadic() == guarded.IsVariadic()
	for i := 0; same && i < t.NumIn(); i++ {
		same = t.In(i) == guarded.In(i)
	}
	if !same {
		return errors.New("does not have the parameters of the method it guards")
	}
	for i := range t.NumOut() {
		if out := t.Out(i); out.Kind() != reflect.Bool && out != errorType {
			same = false
		}
	}
	if !same || t.NumOut() == 0 {
		return errors.New("returns neither a bool nor an error")
	}
	m.guard = guard
	return nil
}

// call decodes the arguments, asks the guard, and calls the method.
func (m *method) call(ctx context.Context, name string, call rpc.Call) (value any, err error) {
	in, err := m.arguments(ctx, name, call)
	if err != nil {
		return nil, err
	}
	if m.guard.IsValid() && !allows(m.guard.Call(in)) {
		return nil, errUnauthorized
	}
	out := m.fn.Call(in)
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if err, failed := out[n-1].Interface().(error); failed {
			return nil, err
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out[0].Interface(), nil
}

// allows tells whether a guard has answered yes: every bool is true and every error is nil.
func allows(answers []reflect.Value) bool {
	for _, answer := range answers {
		if answer.Kind() == reflect.Bool && !answer.Bool() || answer.Kind() == reflect.Interface && !answer.IsNil() {
			return false
		}
	}
	return true
}

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
	if err := unmarshal(text, v.Interface()); err != nil {
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
	if errors.Is(err, errUnwritten) {
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
