//go:build js && wasm

package main

import (
	"runtime"

	"github.com/hack-pad/safejs"
)

// abi is the version of what JavaScript and this module expect of each other. It changes whenever both have to change, so that
// a page with an old half in its cache gets an error that says so.
const abi = 12

func main() {
	if err := boot(); err != nil {
		panic(err)
	}
	select {} // the exports go on working; if main returned, the instance would end
}

// boot gives the control functions to JavaScript, which waits for them in the function __zmqBoot.
func boot() error {
	hook, err := safejs.Global().Get("__zmqBoot")
	if err != nil {
		return err
	}
	object, err := safejs.Global().Get("Object")
	if err != nil {
		return err
	}
	api, err := object.New()
	if err != nil {
		return err
	}
	if err := api.Set("abi", abi); err != nil {
		return err
	}
	if err := api.Set("go", runtime.Version()); err != nil {
		return err
	}
	for _, c := range controls {
		fn, err := safejs.FuncOf(c.handle) // is never released, because it lives as long as the instance
		if err != nil {
			return err
		}
		if err := api.Set(c.name, fn.Value()); err != nil {
			return err
		}
	}
	_, err = hook.Invoke(api)
	return err
}
