package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Access is one question to ZMQAllowed: may this user open this socket at this endpoint, or subscribe to this prefix.
type Access struct {
	HTTP     *http.Request   // the WebSocket's handshake: cookies, address, and what middleware put into its context
	User     any             // what Authenticate returned
	Type     core.SocketType // of the socket
	Endpoint core.Endpoint   // checked and in canonical form
	Bind     bool            // the bridge is to listen at Endpoint instead of connecting to it
	Params   json.RawMessage // what the page passed to connect: a JSON object, or nil

	Subscribe bool   // the question is about a subscription of a socket that was allowed before
	Prefix    []byte // its prefix
}

// Param is a parameter of the connect that is a string; "" when it is missing or something else.
func (a Access) Param(name string) string {
	var params map[string]json.RawMessage
	if json.Unmarshal(a.Params, &params) != nil {
		return ""
	}
	var value string
	if json.Unmarshal(params[name], &value) != nil {
		return ""
	}
	return value
}

// String reads "REQ tcp://127.0.0.1:10001", as a rule that allows it would.
func (a Access) String() string {
	s := a.Type.String() + " " + a.Endpoint.String()
	if a.Bind && a.Type != core.REP {
		s = "bind " + s
	}
	if a.Subscribe {
		s += fmt.Sprintf(" prefix %.40q", a.Prefix)
	}
	return s
}

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
