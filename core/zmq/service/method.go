package service

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

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

	streams bool // it returns an iterator, whose items are sent one by one
	doc     string
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
	m.streams = returnsItems(t)
	return m, m.streams || returnsValue(t)
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

// returnsItems tells whether a method returns an iter.Seq of items, or an iter.Seq2 of items and errors, and perhaps an error.
func returnsItems(t reflect.Type) bool {
	if n := t.NumOut(); n != 1 && (n != 2 || t.Out(1) != errorType) {
		return false
	}
	out := t.Out(0)
	if out.Kind() != reflect.Func || !out.CanSeq() && !out.CanSeq2() {
		return false
	}
	yield := out.In(0)
	return hasJSON(yield.In(0)) && (yield.NumIn() == 1 || yield.In(1) == errorType)
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

// call decodes the arguments, asks the guard, and calls the method. The zero Value says that it has returned nothing.
func (m *method) call(ctx context.Context, name string, call rpc.Call) (value reflect.Value, err error) {
	in, err := m.arguments(ctx, name, call)
	if err != nil {
		return value, err
	}
	if m.guard.IsValid() && !allows(m.guard.Call(in)) {
		return value, errUnauthorized
	}
	out := m.fn.Call(in)
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if err, failed := out[n-1].Interface().(error); failed {
			return value, err
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return value, nil
	}
	return out[0], nil
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
