package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// What the hooks of Config are asked, and answer with.
type (
	Access  = access.Access
	Flow    = access.Flow
	History = access.History
)

// ask calls ZMQAllowed and turns its answer into what the page may see.
func (s *session) ask(a Access) *core.Error {
	hook := s.bridge.cfg.ZMQAllowed
	if hook == nil {
		return core.NewError(core.Denied, a.String()+" is not allowed: this bridge allows nothing")
	}
	a.HTTP, a.User = s.request, s.user
	ctx, cancel := context.WithTimeout(s.ctx, s.bridge.cfg.HookTimeout)
	defer cancel()
	err := guardHook(func() error { return hook(ctx, a) })
	if err == nil {
		return nil
	}
	s.bridge.counters.denied.Add(1)
	return public(s.log, err, a.String()+" is not allowed")
}

// guardHook keeps a panic in an application's hook from ending the process: it denies.
func guardHook(hook func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a hook: %v", r)
		}
	}()
	return hook()
}

// public is what of an error may be told: all of a core.Error, nothing of any other, which is logged instead.
func public(log *slog.Logger, err error, otherwise string) *core.Error {
	var e *core.Error
	if errors.As(err, &e) {
		return &core.Error{Code: e.Code, Text: e.Text}
	}
	log.Info("denied by a hook", "what", otherwise, "err", err)
	return core.NewError(core.Denied, otherwise)
}
