package rpc

import (
	"iter"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Call is the envelope of a remote procedure call, the same JSON text since 2012:
//
//	{"funcname":"add_user","args":["u","p"],"kwargs":{"type":"girl"}}    [AppendCall], a request
//	{"funcname":"add","args":[1,2]}                                      [AppendPubCall], published to every subscriber
//
// An envelope is written as JSON.stringify writes it, in this order and without white space. It is read as any peer may
// write it: in any order, and with white space, as Python's json.dumps does. Names of members have to match exactly, unlike
// in encoding/json, which also takes "Args" for args. Of two members of the same name the last one counts. Members with
// unknown names are ignored. NaN, Infinity and -Infinity are read where a value may stand, because Python writes them, and
// are handed on as they are. They are never written.
type Call struct {
	Func   []byte // the name, decoded; not empty
	Args   []byte // a JSON array; nil: there is none
	Kwargs []byte // a JSON object; nil: there is none
}

// AppendCall appends a request. args and kwargs are JSON text that goes out as it is. args is an array; any other value
// is the only argument. kwargs is an object or null. Either may be nil. An error has the code [core.Invalid], and dst is
// returned unchanged with it.
func AppendCall(dst []byte, fn string, args, kwargs []byte) ([]byte, error) {
	args, err := checkCall(fn, args)
	if err != nil {
		return dst, err
	}
	kwargs, err = checkKwargs(kwargs)
	if err != nil {
		return dst, err
	}
	dst = appendNamed(dst, "funcname", fn, args)
	dst = append(dst, `,"kwargs":`...)
	if kwargs == nil {
		return append(dst, "{}}"...), nil
	}
	dst = append(dst, kwargs...)
	return append(dst, '}'), nil
}

// AppendPubCall appends a call for publishing. It has only positional arguments, in the form that AppendCall takes.
func AppendPubCall(dst []byte, fn string, args []byte) ([]byte, error) {
	args, err := checkCall(fn, args)
	if err != nil {
		return dst, err
	}
	return append(appendNamed(dst, "funcname", fn, args), '}'), nil
}

// appendNamed appends the beginning of a call, without the closing brace of the object. member is what holds the name.
func appendNamed(dst []byte, member, fn string, args []byte) []byte {
	dst = append(append(append(dst, `{"`...), member...), `":`...)
	dst = appendJSONString(dst, fn)
	dst = append(dst, `,"args":`...)
	switch {
	case args == nil:
		return append(dst, "[]"...)
	case args[0] == '[':
		return append(dst, args...)
	}
	dst = append(dst, '[')
	dst = append(dst, args...)
	return append(dst, ']')
}

func checkCall(fn string, args []byte) ([]byte, error) {
	if fn == "" {
		return nil, core.NewError(core.Invalid, "an RPC call needs a function name")
	}
	if len(args) == 0 {
		return nil, nil
	}
	return checkJSON("RPC args", args, 2) // inside the envelope, and the array if there is none yet
}

func checkKwargs(kwargs []byte) ([]byte, error) {
	if len(kwargs) == 0 {
		return nil, nil
	}
	kwargs, err := checkJSON("RPC kwargs", kwargs, 1)
	switch {
	case err != nil:
		return nil, err
	case absent(kwargs):
		return nil, nil
	case kwargs[0] != '{':
		return nil, core.NewError(core.Invalid, "RPC kwargs are not a JSON object")
	}
	return kwargs, nil
}

// checkJSON trims the white space around text and checks that every peer can read it. It has to be one value, it must not
// nest deeper than maxJSONDepth when it stands inside depth brackets, and it has to be valid UTF-8, because a Python server
// throws otherwise.
func checkJSON(what string, text []byte, depth int) ([]byte, error) {
	s := jsonScanner{text: text, depth: depth}
	value := s.value()
	switch {
	case !s.end():
		return nil, core.NewError(core.Invalid, what+": "+s.fault("JSON"))
	case !utf8.Valid(value):
		return nil, core.NewError(core.Invalid, what+": malformed UTF-8")
	}
	return value, nil
}

// ParseCall reads a request or a published call. Its parts alias b, with two rare exceptions, which are copies: a name
// that has to be decoded, and args that are not an array. Such args are the only argument: the page of 2012 writes
// "args":"hello!" for rpc('echo', 'hello!', {}). args and kwargs may be null or missing. The error has the code
// [core.Protocol].
func ParseCall(b []byte) (Call, error) {
	var fn, args, kwargs []byte
	s := jsonScanner{text: b, lax: true}
	s.members(member{"funcname", &fn}, member{"args", &args}, member{"kwargs", &kwargs})
	if !s.end() {
		return Call{}, core.NewError(core.Protocol, s.fault("RPC call"))
	}
	return namedCall(fn, args, kwargs)
}

// namedCall makes a call of the values of its members.
func namedCall(fn, args, kwargs []byte) (Call, error) {
	name, ok := stringValue(fn)
	if !ok || len(name) == 0 {
		return Call{}, core.NewError(core.Protocol, "the RPC call has no function name")
	}
	switch {
	case absent(args):
		args = nil
	case args[0] != '[':
		args = append(append([]byte{'['}, args...), ']')
	}
	switch {
	case absent(kwargs):
		kwargs = nil
	case kwargs[0] != '{':
		return Call{}, core.NewError(core.Protocol, "the kwargs of the RPC call are not an object")
	}
	return Call{Func: name.decode(), Args: args, Kwargs: kwargs}, nil
}

// EachArg yields the positional arguments, each as JSON text that aliases Args.
func (c Call) EachArg() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		s := jsonScanner{text: c.Args, lax: true}
		for s.open('['); s.more(']'); {
			if arg := s.value(); s.bad || !yield(arg) {
				return
			}
		}
	}
}
