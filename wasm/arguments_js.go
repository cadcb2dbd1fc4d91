//go:build js && wasm

package main

import (
	"github.com/hack-pad/safejs"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// arguments reads the arguments of a call, from first to last. The first one that is missing or of the wrong type sets err, and
// err stays as it is then.
type arguments struct {
	values []safejs.Value
	err    error
}

// client reads the handle of a client, and returns the client.
func (a *arguments) client() (*client.Client, error) { return clientOf(int32(a.number())) }

// socket reads the number of a socket.
func (a *arguments) socket() uint32 { return uint32(a.number()) }

// failed returns the error of the arguments if there is one, and err otherwise.
func (a *arguments) failed(err error) error {
	if a.err != nil {
		return a.err
	}
	return err
}

func (a *arguments) number() int {
	n, err := a.next().Int()
	a.check(err)
	return n
}

func (a *arguments) text() string {
	v := a.next()
	if v.Type() != safejs.TypeString {
		a.check(errInput) // String does not fail for other types, but returns a description of the value
		return ""
	}
	s, err := v.String()
	a.check(err)
	return s
}

func (a *arguments) boolean() bool {
	b, err := a.next().Bool()
	a.check(err)
	return b
}

// json reads a text. It returns nil for undefined.
func (a *arguments) json() []byte {
	if len(a.values) > 0 && a.values[0].IsUndefined() {
		a.next()
		return nil
	}
	return []byte(a.text())
}

func (a *arguments) bytes() []byte {
	v := a.next()
	n, err := v.Length()
	if err != nil {
		a.check(err)
		return nil
	}
	b := make([]byte, n)
	_, err = safejs.CopyBytesToGo(b, v)
	a.check(err)
	return b
}

func (a *arguments) next() safejs.Value {
	if len(a.values) == 0 {
		a.check(errInput)
		return safejs.Undefined()
	}
	v := a.values[0]
	a.values = a.values[1:]
	return v
}

func (a *arguments) check(err error) {
	if a.err == nil && err != nil {
		a.err = core.NewError(core.Internal, "argument to the engine: "+err.Error())
	}
}
