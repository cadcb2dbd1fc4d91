package rpc

import (
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// maxCredit is the most that one message grants. More than that is as good as no bound, and counts as this much.
const maxCredit = 1 << 20

// StreamCall is what a client says about a stream (PROTOCOL.md, section 14). One of three things is set: Func, which begins
// the stream; Cancel, which ends it; or neither, and then it only grants Credit.
type StreamCall struct {
	Call
	Credit int // how many more items may be sent
	Cancel bool
}

// AppendStreamCall appends what begins a stream. It takes args and kwargs as [AppendCall] does.
func AppendStreamCall(dst []byte, fn string, args, kwargs []byte, credit int) ([]byte, error) {
	args, err := checkCall(fn, args)
	if err != nil {
		return dst, err
	}
	kwargs, err = checkKwargs(kwargs)
	if err != nil {
		return dst, err
	}
	dst = appendNamed(dst, "stream", fn, args)
	if kwargs != nil {
		dst = append(append(dst, `,"kwargs":`...), kwargs...)
	}
	return appendCredit(append(dst, ','), credit), nil
}

// AppendCredit appends what grants n more items. A server also answers with it, with n = 0.
func AppendCredit(dst []byte, n int) []byte { return appendCredit(append(dst, '{'), n) }

func appendCredit(dst []byte, n int) []byte {
	return append(strconv.AppendInt(append(dst, `"credit":`...), int64(n), 10), '}')
}

// AppendCancel appends what ends a stream from the client's side.
func AppendCancel(dst []byte) []byte { return append(dst, `{"cancel":true}`...) }

// ParseStreamCall reads what a client says about a stream. Its parts alias text, as those of [ParseCall] do. The error has the
// code [core.Protocol].
func ParseStreamCall(text []byte) (StreamCall, error) {
	var fn, args, kwargs, credit, cancel []byte
	s := jsonScanner{text: text, lax: true}
	s.members(member{"stream", &fn}, member{"args", &args}, member{"kwargs", &kwargs}, member{"credit", &credit}, member{"cancel", &cancel})
	if !s.end() {
		return StreamCall{}, core.NewError(core.Protocol, s.fault("message about a stream"))
	}
	granted, ok := creditValue(credit)
	switch {
	case !ok:
		return StreamCall{}, core.NewError(core.Protocol, "the credit of the stream is no count")
	case string(cancel) == "true":
		return StreamCall{Cancel: true}, nil
	case absent(fn) && credit != nil:
		return StreamCall{Credit: granted}, nil
	}
	call, err := namedCall(fn, args, kwargs)
	return StreamCall{Call: call, Credit: granted}, err
}

// creditValue reads a count. None is 0.
func creditValue(value []byte) (n int, ok bool) {
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(10*n+int(c-'0'), maxCredit)
	}
	return n, true
}

// StreamAnswer is what a server says about a stream: an item, or the end of the stream, or, with neither, that it is still there.
type StreamAnswer struct {
	Item  []byte // JSON text; nil: it is no item
	Ended bool
	Err   *CallError // with Ended; nil: the stream has ended as it should
}

// AppendItem appends an item, which is JSON text. An error has the code [core.Invalid], and dst is returned unchanged with it.
func AppendItem(dst, item []byte) ([]byte, error) {
	if len(item) == 0 {
		return append(dst, `{"item":null}`...), nil
	}
	item, err := checkJSON("item of a stream", item, 1)
	if err != nil {
		return dst, err
	}
	return append(append(append(dst, `{"item":`...), item...), '}'), nil
}

// AppendEnd appends the end of a stream. text and errorType are for the caller to read, and either may be empty.
func AppendEnd(dst []byte, code core.Code, text, errorType string) []byte {
	dst = appendJSONString(append(dst, `{"end":`...), code.String())
	if text != "" {
		dst = appendJSONString(append(dst, `,"error_msg":`...), text)
	}
	return appendErrorType(dst, errorType)
}

// ParseStreamAnswer reads what a server says about a stream. The item aliases text. Whatever else a server may answer means that it
// has no streams: the error has the code [core.Unsupported] then, with what it said.
func ParseStreamAnswer(text []byte) (StreamAnswer, error) {
	var item, end, credit, message, errorType []byte
	var echo []byte // a server that echoes sends back what has begun the stream
	s := jsonScanner{text: text, lax: true}
	s.members(member{"item", &item}, member{"end", &end}, member{"credit", &credit}, member{"error_msg", &message},
		member{"error_type", &errorType}, member{"stream", &echo})
	if !s.end() || echo != nil {
		return StreamAnswer{}, unsupported("")
	}
	switch code, ended := stringValue(end); {
	case ended && code.is(core.OK.String()):
		return StreamAnswer{Ended: true}, nil
	case ended:
		return StreamAnswer{Ended: true, Err: newCallError(codeNamed(code), message, errorType)}, nil
	case item != nil:
		return StreamAnswer{Item: item}, nil
	case credit != nil:
		return StreamAnswer{}, nil
	}
	return StreamAnswer{}, unsupported(errorText(message))
}

// codeNamed is the code with this name, and [core.Internal] for a name that this version does not know.
func codeNamed(name jsonString) core.Code {
	for code := core.OK + 1; code.Valid(); code++ {
		if name.is(code.String()) {
			return code
		}
	}
	return core.Internal
}

func unsupported(said string) *core.Error {
	text := "the server has no streams"
	if said != "" {
		text += ": " + said
	}
	return &core.Error{Code: core.Unsupported, Text: text, Remote: true}
}
