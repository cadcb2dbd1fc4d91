package service

import (
	"context"
	"iter"
	"reflect"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// Stream executes a call of a method that returns an iterator. It yields each item as JSON, nil for null. An error is
// the last thing that it yields.
func (s *Service) Stream(ctx context.Context, call rpc.Call) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := s.stream(ctx, call, func(item []byte) bool { return yield(item, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

func (s *Service) stream(ctx context.Context, call rpc.Call, yield func([]byte) bool) (err error) {
	name := string(call.Func)
	m, err := s.method(name)
	if err == nil && !m.streams {
		err = core.NewError(core.Unsupported, name+" is no stream")
	}
	if err != nil {
		return err
	}
	defer s.recovered(name, &err)
	items, err := m.call(ctx, name, call)
	if err != nil || items.IsNil() {
		return err
	}
	for item, failed := range each(items) {
		if failed != nil {
			return failed
		}
		text, err := s.marshal(name, item)
		if err != nil || !yield(text) {
			return err
		}
	}
	return nil
}

// each yields the items of an iter.Seq or iter.Seq2, which returnsItems has accepted.
func each(items reflect.Value) iter.Seq2[reflect.Value, error] {
	return func(yield func(reflect.Value, error) bool) {
		if items.Type().CanSeq() {
			for item := range items.Seq() {
				if !yield(item, nil) {
					return
				}
			}
			return
		}
		for item, failed := range items.Seq2() {
			err, _ := failed.Interface().(error)
			if !yield(item, err) {
				return
			}
		}
	}
}
