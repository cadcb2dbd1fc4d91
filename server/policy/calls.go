package policy

import (
	"context"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// callsOf tells whether sockets of a type can be held to remote calls. A DEALER also has streams of them.
func callsOf(t core.SocketType) bool { return t == core.REQ || t == core.DEALER }

// calls tells whether messages have to be remote calls.
func (j *judge) calls() bool {
	return callsOf(j.question.Type) && (j.terms.functions != nil || j.entry.allow.SpeaksOf("function"))
}

// call judges a remote call, or what is said about a stream of them. What is passed on is written anew, so that there is only one
// way to read it.
func (j *judge) call(ctx context.Context, m core.Message) (core.Message, error) {
	envelope, err := j.envelope(m)
	if err != nil {
		return nil, err
	}
	text, err := j.rewrite(ctx, m[len(m)-1])
	if err != nil {
		return nil, err
	}
	return append(envelope, text), checkJSON(core.Message{text})
}

// maxID is how many bytes the id of a stream or call may have.
const maxID = 64

// envelope is what stands before a call: nothing for a REQ; for a DEALER an empty part, and perhaps an id before it.
func (j *judge) envelope(m core.Message) (core.Message, error) {
	n := len(m) - 1
	switch {
	case j.question.Type == core.REQ && n != 0:
		return nil, errOnePart
	case j.question.Type == core.DEALER && (n < 1 || n > 2 || len(m[n-1]) > 0 || n == 2 && (len(m[0]) == 0 || len(m[0]) > maxID)):
		return nil, errEnvelope
	}
	return m[:n:n], nil
}

var errEnvelope = core.NewError(core.Invalid, "a message has an id, an empty part and a call here")

// rewrite judges the text of a call, or of a message about a stream, and writes it anew.
func (j *judge) rewrite(ctx context.Context, text []byte) ([]byte, error) {
	call, err := rpc.ParseCall(text)
	if err == nil {
		if err := j.mayCall(ctx, string(call.Func)); err != nil {
			return nil, err
		}
		return rpc.AppendCall(nil, string(call.Func), call.Args, call.Kwargs)
	}
	stream, notStream := rpc.ParseStreamCall(text)
	switch {
	case j.question.Type != core.DEALER || notStream != nil:
		return nil, core.NewError(core.Invalid, "this is no remote call: "+reason(err))
	case stream.Cancel:
		return rpc.AppendCancel(nil), nil
	case len(stream.Func) == 0:
		return rpc.AppendCredit(nil, stream.Credit), nil
	}
	if err := j.mayCall(ctx, string(stream.Func)); err != nil {
		return nil, err
	}
	return rpc.AppendStreamCall(nil, string(stream.Func), stream.Args, stream.Kwargs, stream.Credit)
}

// mayCall tells why a function may not be called; nil if it may.
func (j *judge) mayCall(ctx context.Context, function string) error {
	q := j.question.calling(function)
	if j.terms.functions != nil && !slices.Contains(j.terms.functions, function) || !j.entry.permits(q, nil) {
		return core.NewError(core.Denied, "this function is not allowed here")
	}
	return users.Decide(ctx, users.Of(q.User), q.forService())
}
