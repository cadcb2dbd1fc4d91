package rpc

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// AppendReturn appends the answer to a call. value is JSON text; nil is written as null. An error has the code
// [core.Invalid], and dst is returned unchanged with it.
func AppendReturn(dst, value []byte) ([]byte, error) {
	if len(value) == 0 {
		return append(dst, `{"returnval":null}`...), nil
	}
	value, err := checkJSON("RPC return value", value, 1)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"returnval":`...)
	dst = append(dst, value...)
	return append(dst, '}'), nil
}

// AppendReturnError appends the answer to a call that was refused or that failed. text is for the caller to read. The
// servers of 2012 used "unauthorized access" and "unknown error".
func AppendReturnError(dst []byte, text string) []byte { return AppendTypedError(dst, text, "") }

// AppendTypedError is AppendReturnError with what the server calls the error, or with "".
func AppendTypedError(dst []byte, text, errorType string) []byte {
	dst = append(dst, `{"status":"error","error_msg":`...)
	dst = appendJSONString(dst, text)
	return appendErrorType(dst, errorType)
}

// appendErrorType appends the last member of an object, unless it is "", and closes the object.
func appendErrorType(dst []byte, errorType string) []byte {
	if errorType != "" {
		dst = appendJSONString(append(dst, `,"error_type":`...), errorType)
	}
	return append(dst, '}')
}

// ParseReturn reads the answer to a call. The value is JSON text that aliases b. It is nil, which is JavaScript's
// undefined, for {}: that is what JSON.stringify makes of {returnval: undefined} in a page that serves RPC.
//
// {"status":"error",…} says that the remote function failed. It is returned as an error with the code [core.Failed], with
// Remote set, and with error_msg as its text. This is so even when there is a returnval beside it, which no server sends
// on purpose: clients of 2012 suffered from errors that arrived as undefined. Beside any other status the value counts.
// Anything else did not come from an RPC server, and is an error with the code [core.Protocol].
func ParseReturn(b []byte) ([]byte, error) {
	var value, status, text []byte
	s := jsonScanner{text: b, lax: true}
	some := s.members(member{"returnval", &value}, member{"status", &status}, member{"error_msg", &text})
	if !s.end() {
		return nil, core.NewError(core.Protocol, s.fault("RPC return"))
	}
	if status, ok := stringValue(status); ok && status.is("error") {
		return nil, &core.Error{Code: core.Failed, Text: errorText(text), Remote: true}
	}
	if value == nil && some {
		return nil, core.NewError(core.Protocol, "the RPC return has neither a value nor an error")
	}
	return value, nil
}

// errorText is the string in an error_msg, or the JSON text of whatever else a server put there.
func errorText(value []byte) string {
	if text, ok := stringValue(value); ok {
		return string(text.decode())
	}
	if absent(value) {
		return ""
	}
	return string(value)
}
