package rpc

import "github.com/zmqwebbridge/zmqwebbridge/core"

// CallError is the error with which a remote function answered. It wraps a [core.Error] with Remote set.
type CallError struct {
	Code core.Code // [core.Failed] for a call
	Text string
	Type string // what the server calls the error, as in "KeyError"; "" if it does not tell
}

func (e *CallError) Error() string { return e.core().Error() }

// Unwrap gives the error without its type.
func (e *CallError) Unwrap() error { return e.core() }

func (e *CallError) core() *core.Error { return &core.Error{Code: e.Code, Text: e.Text, Remote: true} }

func newCallError(code core.Code, message, errorType []byte) *CallError {
	err := &CallError{Code: code, Text: errorText(message)}
	if name, ok := stringValue(errorType); ok {
		err.Type = string(name.decode())
	}
	return err
}

// ErrorType is what the server calls the error in the answer to a call, for which [ParseReturn] has returned an error. It is ""
// if the server does not tell.
func ErrorType(answer []byte) string {
	var errorType []byte
	s := jsonScanner{text: answer, lax: true}
	s.members(member{"error_type", &errorType})
	name, ok := stringValue(errorType)
	if !ok || !s.end() {
		return ""
	}
	return string(name.decode())
}

// Told is what a caller is told of the error of a function that it has called: a code, which only streams tell, the text
// without the code, and what the error is called, if the function says so with a [CallError].
func Told(err error) (code core.Code, text, errorType string) {
	switch e := err.(type) {
	case *core.Error:
		return told(e.Code), e.Text, ""
	case *CallError:
		return told(e.Code), e.Text, e.Type
	}
	for inner := err; inner != nil; {
		if e, ok := inner.(*CallError); ok {
			errorType = e.Type
			break
		}
		wrapper, ok := inner.(interface{ Unwrap() error })
		if !ok {
			break
		}
		inner = wrapper.Unwrap()
	}
	return core.Failed, err.Error(), errorType
}

// told is the code that a caller is told. An error of a function is no bug of bridge or client.
func told(code core.Code) core.Code {
	if code == core.OK || code == core.Internal {
		return core.Failed
	}
	return code
}
