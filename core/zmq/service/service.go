package service

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
)

// Kwargs are keyword arguments: the last argument of a call, or the last parameter of a method that serves calls.
type Kwargs map[string]any

// Options of a service; the zero value works.
type Options struct {
	Authorized []string          // names of the methods that may be called; nil: all
	Docs       map[string]string // what is told about methods, by their names
	Log        *slog.Logger      // for panics; default slog.Default()
}

// Service is a Go value whose methods can be called by name. It does not change, so it may be called concurrently if the
// methods may.
type Service struct {
	Log *slog.Logger // for panics

	methods map[string]*method // by the name in Go and by the name in snake_case
}

var (
	errUnauthorized = core.NewError(core.Denied, "unauthorized access")
	errUnknown      = core.NewError(core.Internal, "unknown error")
)

// New makes a service of a value. The error is [core.Invalid] if the value has no method that can be called, or a guard
// for a method that does not exist, or if the options name such a method.
func New(value any, opts Options) (*Service, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, core.NewError(core.Invalid, "RPC: there is no value to call methods of")
	}
	if _, lock := value.(sync.Locker); lock && opts.Authorized == nil {
		return nil, core.NewError(core.Invalid, fmt.Sprintf("RPC: anybody could lock %T: name what is Authorized, or do not embed the lock", value))
	}
	s := &Service{Log: opts.Log, methods: map[string]*method{}}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		if _, guards := guarded(name); guards {
			continue
		}
		if m, ok := newMethod(v.Method(i)); ok {
			if err := s.add(name, m); err != nil {
				return nil, err
			}
		}
	}
	if len(s.methods) == 0 {
		return nil, core.NewError(core.Invalid, fmt.Sprintf("RPC: %T has no method to call", value))
	}
	if err := s.guard(v); err != nil {
		return nil, err
	}
	if err := s.document(opts.Docs); err != nil {
		return nil, err
	}
	return s, s.authorize(opts.Authorized)
}

func (s *Service) add(name string, m *method) error {
	s.methods[name] = m
	snake := rpc.SnakeCase(name)
	if other := s.methods[snake]; other != nil && other != m {
		return core.NewError(core.Invalid, "RPC: two methods are called "+snake)
	}
	s.methods[snake] = m
	return nil
}

// guarded is the name of the method that a method of this name guards; ok is false if it is not the name of a guard.
func guarded(name string) (method string, ok bool) {
	const can = "Can"
	if len(name) <= len(can) || name[:len(can)] != can {
		return "", false
	}
	r, _ := utf8.DecodeRuneInString(name[len(can):])
	return name[len(can):], !unicode.IsLower(r)
}

// guard finds the guards. A guard for a method that does not exist is an error, because its author believes that it
// protects something.
func (s *Service) guard(v reflect.Value) error {
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		method, ok := guarded(name)
		if !ok {
			continue
		}
		m := s.methods[method]
		if m == nil {
			return core.NewError(core.Invalid, "RPC: "+name+" guards nothing: there is no method "+method+" to call")
		}
		if err := m.setGuard(v.Method(i)); err != nil {
			return core.NewError(core.Invalid, "RPC: "+name+" "+err.Error())
		}
	}
	return nil
}

// authorize allows calls of the methods with these names, or of all methods if names is nil.
func (s *Service) authorize(names []string) error {
	for _, m := range s.methods {
		m.authorized = names == nil
	}
	for _, name := range names {
		m := s.methods[name]
		if m == nil {
			return core.NewError(core.Invalid, "RPC: there is no method "+name+" to authorize")
		}
		m.authorized = true
	}
	return nil
}

// Call executes a call and returns its value as JSON, or nil if there is none.
func (s *Service) Call(ctx context.Context, call rpc.Call) (value []byte, err error) {
	name := string(call.Func)
	if name == describe {
		return jsvalue.Marshal("the description", s.Description())
	}
	m, err := s.method(name)
	if err == nil && m.streams {
		err = core.NewError(core.Unsupported, name+" is a stream")
	}
	if err != nil {
		return nil, err
	}
	defer s.recovered(name, &err)
	result, err := m.call(ctx, name, call)
	if err != nil || !result.IsValid() {
		return nil, err
	}
	return s.marshal(name, result)
}

// method finds a method that may be called.
func (s *Service) method(name string) (*method, error) {
	m := s.methods[name]
	switch {
	case m == nil:
		return nil, core.NewError(core.Invalid, fmt.Sprintf("there is no function %.80q", name))
	case !m.authorized:
		return nil, errUnauthorized
	}
	return m, nil
}

// recovered logs a panic of a method, and makes an error of it that tells the caller nothing. It has to be deferred.
func (s *Service) recovered(name string, err *error) {
	if cause := recover(); cause != nil {
		s.Log.Error("panic in an RPC method", "method", name, "cause", cause, "stack", string(debug.Stack()))
		*err = errUnknown
	}
}

// marshal makes JSON of what a method has returned.
func (s *Service) marshal(name string, value reflect.Value) ([]byte, error) {
	text, err := jsvalue.Marshal(name, value.Interface())
	if err != nil {
		s.Log.Error("an RPC method returned what has no JSON", "method", name, "err", err)
		return nil, errUnknown
	}
	return text, nil
}
